/** `$(NAME)` in commands, arguments and values, as the kubelet expands it. */

const REFERENCE = /\$(?:\$|\(([^)]*)\))/g;

/** An unknown name stays as it is written; `$$` is a plain `$`, so `$$(NAME)` is never expanded. */
export function expand(text: string, valueOf: (name: string) => string | undefined): string {
  return text.replace(REFERENCE, (whole, name: string | undefined) =>
    name === undefined ? '$' : (valueOf(name) ?? whole),
  );
}
