/** A queue that gives out whoever is needed first; equals keep their order of arrival. A binary heap. */

export type DeadlineQueue<Item> = {
  readonly add: (item: Item, deadlineMs: number) => { readonly remove: () => void };
  /** Takes the item with the earliest deadline. */
  readonly take: () => Item | undefined;
  readonly size: () => number;
};

type Node<Item> = { readonly item: Item; readonly deadlineMs: number; readonly order: number; removed: boolean };

export function createDeadlineQueue<Item>(): DeadlineQueue<Item> {
  const heap: Node<Item>[] = [];
  let arrivals = 0;
  let live = 0;

  const before = (a: Node<Item>, b: Node<Item>) => a.deadlineMs < b.deadlineMs || (a.deadlineMs === b.deadlineMs && a.order < b.order);

  function swap(i: number, j: number): void {
    const held = heap[i]!;
    heap[i] = heap[j]!;
    heap[j] = held;
  }

  function up(start: number): void {
    for (let i = start; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!before(heap[i]!, heap[parent]!)) return;
      swap(i, parent);
      i = parent;
    }
  }

  function down(): void {
    for (let i = 0; ;) {
      const left = 2 * i + 1;
      const right = left + 1;
      let least = i;
      if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && before(heap[right]!, heap[least]!)) least = right;
      if (least === i) return;
      swap(i, least);
      i = least;
    }
  }

  function pop(): Node<Item> | undefined {
    const top = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) {
      heap[0] = last;
      down();
    }
    return top;
  }

  return {
    add: (item, deadlineMs) => {
      const node: Node<Item> = { item, deadlineMs, order: arrivals++, removed: false };
      heap.push(node);
      live++;
      up(heap.length - 1);
      return {
        // Left in the heap and skipped when it comes to the top: removal is rare and the heap is bounded.
        remove: () => {
          if (node.removed) return;
          node.removed = true;
          live--;
        },
      };
    },
    take: () => {
      for (let node = pop(); node !== undefined; node = pop()) {
        if (node.removed) continue;
        node.removed = true;
        live--;
        return node.item;
      }
      return undefined;
    },
    size: () => live,
  };
}
