import { describe, expect, it } from '@jest/globals';
import { errorOfAnswer } from './answer-error.ts';
import { DatabricksUserError } from './errors.ts';

const of = (status: number, body: string, path = '/api/2.2/jobs/get', contentType = 'application/json') =>
  errorOfAnswer(
    { status, body: Buffer.from(body), contentType, retryAfterMs: undefined, method: 'GET', path },
    (text) => text,
  );

const error = (code: string, message: string): string => JSON.stringify({ error_code: code, message });

describe('an error of Databricks', () => {
  it.each([
    [404, error('RESOURCE_DOES_NOT_EXIST', 'gone'), 'notFound'],
    [400, error('INVALID_PARAMETER_VALUE', 'Job 5 does not exist.'), 'notFound'],
    [400, error('INVALID_PARAMETER_VALUE', 'bad cron'), 'user'],
    [409, error('ALREADY_EXISTS', 'taken'), 'conflict'],
    [400, error('RESOURCE_ALREADY_EXISTS', 'taken'), 'conflict'],
    [429, '', 'wait'],
    [503, 'upstream unavailable', 'retry'],
    [500, '<html><title>Oops</title></html>', 'retry'],
    [401, '', 'user'],
  ])('with status %i and body %s is of kind %s', (status, body, kind) => {
    expect(of(status, body).kind).toBe(kind);
  });

  it.each([503, 502, 408])('with status %i and a wait that was asked for keeps it', (status) => {
    const answer = { status, body: Buffer.alloc(0), contentType: '', method: 'PUT', path: '/x' };
    expect(errorOfAnswer({ ...answer, retryAfterMs: 90_000 }, (text) => text)).toMatchObject({
      kind: 'wait',
      retryAfterMs: 90_000,
    });
  });

  it('names the grant that is missing', () => {
    const denied = of(
      403,
      error('PERMISSION_DENIED', 'no'),
      '/api/2.0/fs/files/Volumes/main/landing/feeds/a.csv',
    );
    expect(denied).toBeInstanceOf(DatabricksUserError);
    expect((denied as DatabricksUserError).action).toContain('WRITE VOLUME on main.landing.feeds');
  });

  it('tells a missing volume, which a person makes, from a missing folder, which we make', () => {
    const path = '/api/2.0/fs/files/Volumes/main/landing/feeds/x/a.csv';
    const volume = of(404, error('NOT_FOUND', "Volume 'main.landing.feeds' does not exist."), path);
    expect(volume.kind).toBe('user');
    expect((volume as DatabricksUserError).action).toContain('create the volume main.landing.feeds');
    expect(
      of(
        404,
        error('NOT_FOUND', 'The parent directory of /Volumes/main/landing/feeds/x does not exist'),
        path,
      ).kind,
    ).toBe('notFound');
  });

  it('takes a path that holds the word schema or volume for a path', () => {
    const path = '/api/2.0/fs/files/Volumes/main/landing/feeds/x/_meta/schema-1.json';
    for (const missing of [
      '/Volumes/a/b/c/_meta/schema-1.json',
      '/Volumes/a/b/volume',
      "'/Volumes/a/volume x'",
    ]) {
      expect(
        of(404, error('NOT_FOUND', `The parent directory of ${missing} does not exist.`), path).kind,
      ).toBe('notFound');
    }
  });

  it('keeps the title of an HTML page and nothing else of it', () => {
    const page = of(502, '<!doctype html><title>Bad gateway</title><body>long</body>', '/x', 'text/html');
    expect(page.message).toBe('an HTML page was answered, titled "Bad gateway" (HTTP_502)');
  });

  it('cuts a message that is too long', () => {
    expect(of(400, error('X', 'y'.repeat(100_000))).message.length).toBeLessThan(1_100);
  });
});
