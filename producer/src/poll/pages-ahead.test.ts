import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { nothingRead, type AnswerOpened } from '../read/answer-reader.ts';
import { PagesAhead } from './pages-ahead.ts';

it('begins no page any more once it is given up, though one that is under way says how it goes on', async () => {
  const asked: (string | undefined)[] = [];
  const opened: ((answer: AnswerOpened) => void)[] = [];
  const goesOn = (next: string): AnswerOpened => ({ count: 1, fingerprint: next, chars: 1, next });
  const ahead = new PagesAhead({
    read: async (token, cancelled, tell) => {
      asked.push(token);
      opened.push(tell);
      if (token !== undefined) await once(cancelled, 'abort');
      const page = { ...nothingRead(), ...goesOn('2'), size: 1, observedAt: 0 };
      return { ...page, asked: { token, cursor: undefined } };
    },
    token: undefined,
    pages: 10,
    ahead: 2,
  });
  await ahead.take();
  expect(asked).toEqual([undefined, '2']);
  await ahead.cancel();
  opened[1]?.(goesOn('3'));
  expect(asked).toEqual([undefined, '2']);
});
