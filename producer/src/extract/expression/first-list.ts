import type { compile as parse } from '@jmespath-community/jmespath';

export type Node = ReturnType<typeof parse>;

/**
 * The list that an expression first takes items from, before it filters or flattens them: `data` of `data[?ok]` and of
 * `data[].items[]`. Undefined where it takes none.
 */
export function firstList(node: Node): Node | undefined {
  switch (node.type) {
    case 'Projection':
    case 'ValueProjection':
    case 'FilterProjection':
      return firstList(node.left) ?? node.left;
    case 'Flatten':
      return firstList(node.child) ?? node.child;
    case 'Pipe':
    case 'Subexpression':
    case 'IndexExpression': {
      const right = firstList(node.right);
      return firstList(node.left) ?? (right === undefined ? undefined : { ...node, right });
    }
    case 'Function':
      return node.children.map(firstList).find((list) => list !== undefined);
    default:
      return undefined;
  }
}
