import { describe, expect, it } from '@jest/globals';
import { workspaceOrigin } from './workspace-host.ts';

describe('the host of a workspace', () => {
  it.each([
    ['adb-1.azuredatabricks.net', 'https://adb-1.azuredatabricks.net'],
    ['https://dbc-1.cloud.databricks.com/', 'https://dbc-1.cloud.databricks.com'],
  ])('%s is %s', (host, origin) => {
    expect(workspaceOrigin(host, false)).toBe(origin);
  });

  it('may be http only on loopback and only when asked for', () => {
    expect(workspaceOrigin('http://127.0.0.1:8080', true)).toBe('http://127.0.0.1:8080');
    expect(workspaceOrigin('http://[::1]:8080', true)).toBe('http://[::1]:8080');
    expect(() => workspaceOrigin('http://127.0.0.1:8080', false)).toThrow('allowInsecureLoopback');
    expect(() => workspaceOrigin('http://10.0.0.1', true)).toThrow('in the clear');
    expect(() => workspaceOrigin('http://127.0.0.1.example.com', true)).toThrow('in the clear');
  });

  it.each(['https://user:pw@x.com', 'https://x.com/path', 'https://x.com?o=1', 'ftp://x.com', 'https://'])(
    '%s is refused without being repeated',
    (host) => {
      expect(() => workspaceOrigin(host, true)).toThrow(/^databricks host/);
    },
  );
});
