/** The request that a URL stands for, with what looks like a secret kept out of the file. */
export interface ProposedRequest {
  /** Without user and password. */
  url: string;
  query: { name: string; value: string }[];
  /** `source.http.auth`; absent where nothing looks like a secret. */
  auth: object | undefined;
  /** Values that must not be shown. */
  secrets: string[];
  /** Parameters beside the one of `auth` that were left out: a declaration has one secret parameter. */
  leftOut: string[];
}

const SECRET = /key|token|secret|passw|pwd|auth|credential|signature|^(sig|sid|jwt|app[-_]?code)$/i;
/** What has such a word in its name and is none. */
const NO_SECRET = /^(keywords?|author\w*|key[-_]?(type|field|name)s?|(page|next|continuation)[-_]?token)$/i;
/** Where several are secret, the one that is surely what logs in. */
const LOGS_IN = /api[-_]?key|app[-_]?key|token|^key$/i;

export function requestOf(url: string, feed: string): ProposedRequest {
  const [base = url, search] = url.split('#', 1)[0]?.split('?', 2) ?? [];
  const all = [...new URLSearchParams(search ?? '')].map(([name, value]) => ({ name, value }));
  const isSecret = ({ name }: { name: string }): boolean => SECRET.test(name) && !NO_SECRET.test(name);
  const found = all.filter(isSecret);
  const key = found.find(({ name }) => LOGS_IN.test(name)) ?? found[0];
  const { bare, user, login } = withoutUser(base);
  const secretAt = (name: string): object => ({ secretKeyRef: { name: feed, key: name } });
  return {
    url: bare,
    query: all.filter((parameter) => !isSecret(parameter)),
    auth:
      key !== undefined
        ? { apiKey: { query: key.name, from: secretAt('apiKey') } }
        : user
          ? { basic: { usernameFrom: secretAt('username'), passwordFrom: secretAt('password') } }
          : undefined,
    secrets: [...found.map(({ value }) => value), ...login].filter((value) => value.length >= 4),
    leftOut: [
      ...found.filter((parameter) => parameter !== key).map(({ name }) => name),
      ...(user && key !== undefined ? ['user and password of the URL'] : []),
    ],
  };
}

function withoutUser(url: string): { bare: string; user: boolean; login: string[] } {
  const [, scheme = '', user, rest = ''] = /^([a-z][a-z\d+.-]*:\/\/)([^/]*)@([^]*)$/i.exec(url) ?? [];
  if (user === undefined) return { bare: url, user: false, login: [] };
  const colon = user.indexOf(':');
  const parts = colon < 0 ? [user] : [user.slice(0, colon), user.slice(colon + 1)];
  return { bare: scheme + rest, user: true, login: parts.flatMap((part) => [part, decoded(part)]) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
