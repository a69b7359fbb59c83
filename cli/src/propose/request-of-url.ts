/** The request that a URL stands for, with what looks like a key kept out of the file. */
export interface ProposedRequest {
  url: string;
  query: { name: string; value: string }[];
  /** `source.http.auth`; absent where nothing looks like a key. */
  auth: object | undefined;
  /** Values that must not be shown. */
  secrets: string[];
}

const KEYS =
  /^(api[-_]?key|apikey|key|token|access[-_]?(key|token)|auth[-_]?token|app[-_]?id|subscription[-_]?key|x-api-key)$/i;

export function requestOf(url: string, feed: string): ProposedRequest {
  const [base = url, search] = url.split('?', 2);
  const all = [...new URLSearchParams(search ?? '')].map(([name, value]) => ({ name, value }));
  const key = all.find(({ name }) => KEYS.test(name));
  return {
    url: base,
    query: all.filter((parameter) => parameter !== key),
    auth:
      key === undefined
        ? undefined
        : { apiKey: { query: key.name, from: { secretKeyRef: { name: feed, key: 'apiKey' } } } },
    secrets: key === undefined || key.value.length < 4 ? [] : [key.value],
  };
}
