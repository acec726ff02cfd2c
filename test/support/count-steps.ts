import { Session } from 'node:inspector';

/**
 * Counts what code does, instead of measuring how long it takes: how often each function and each
 * block of it runs, and how much the built-in functions look at that go through a text or a list.
 * The same work always has the same count, on any machine. Only code that is loaded after the start
 * is counted by block, so load it afterwards.
 */
export class StepCounter {
  readonly #session = new Session();
  #passed = 0;

  static start(): StepCounter {
    const counter = new StepCounter();
    counter.#session.connect();
    counter.#post('Profiler.enable');
    counter.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return counter;
  }

  stop(): void {
    this.#session.disconnect();
  }

  /** Leaves out what ran since the last count. */
  reset(): void {
    this.#take();
  }

  /** The steps of this work, and of what ran since the last count or `reset`. */
  async count(work: () => unknown): Promise<number> {
    this.#passed = 0;
    const giveBack = this.#watchBuiltIns();
    try {
      await work();
    } finally {
      giveBack();
    }
    return this.#take() + this.#passed;
  }

  #post(method: string, params?: object): unknown {
    let answer: unknown;
    // The session is in this thread, and answers before it returns.
    this.#session.post(method, params, (error: unknown, given: unknown) => {
      if (error !== null) throw new Error(`${method} failed`, { cause: error });
      answer = given;
    });
    return answer;
  }

  /** How often blocks ran since the last time. */
  #take(): number {
    const { result } = this.#post('Profiler.takePreciseCoverage') as {
      readonly result: readonly {
        readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
      }[];
    };
    let steps = 0;
    for (const { functions } of result)
      for (const { ranges } of functions) for (const { count } of ranges) steps += count;
    return steps;
  }

  #watchBuiltIns(): () => void {
    const originals: (() => void)[] = [];
    const watch = (holder: object, name: string, weigh: Weigh): void => {
      const original = Reflect.get(holder, name) as (...args: readonly unknown[]) => unknown;
      const { add } = this;
      Reflect.set(holder, name, function (this: unknown, ...args: readonly unknown[]): unknown {
        const before = readLastIndex(this);
        const result = Reflect.apply(original, this, args);
        add(weigh(this, args, result, before));
        return result;
      });
      originals.push(() => Reflect.set(holder, name, original));
    };
    for (const name of ['indexOf', 'includes', 'split', 'toLowerCase', 'trim', 'toUpperCase'])
      watch(String.prototype, name, weighSearch);
    for (const name of ['indexOf', 'includes', 'slice', 'concat', 'shift', 'splice', 'unshift'])
      watch(Array.prototype, name, weighSearch);
    watch(RegExp.prototype, 'exec', weighMatch);
    originals.push(this.#watchIterators(), this.#watchCollections());
    return () => {
      for (const restore of originals) restore();
    };
  }

  /** Spread, `for`, `Array.from`: each item that is taken. */
  #watchIterators(): () => void {
    const { add } = this;
    const original = Array.prototype[Symbol.iterator];
    Reflect.set(Array.prototype, Symbol.iterator, function (this: unknown[]) {
      const items = Reflect.apply(original, this, []) as ArrayIterator<unknown>;
      const next = () => {
        add(1);
        return items.next();
      };
      return { next, [Symbol.iterator]: () => items };
    });
    return () => Reflect.set(Array.prototype, Symbol.iterator, original);
  }

  /** `new Set(list)` and `new Map(list)`: all that they hold at first. */
  #watchCollections(): () => void {
    const { add } = this;
    const originals = { Set: globalThis.Set, Map: globalThis.Map };
    for (const [name, original] of Object.entries(originals)) {
      const construct = (...args: Parameters<typeof Reflect.construct>): object => {
        const made = Reflect.construct(...args) as { readonly size: number };
        add(made.size);
        return made;
      };
      Reflect.set(globalThis, name, new Proxy<object>(original, { construct }));
    }
    return () => void Object.assign(globalThis, originals);
  }

  readonly add = (passed: number): void => {
    this.#passed += passed;
  };
}

type Weigh = (self: unknown, args: readonly unknown[], result: unknown, before: number) => number;

const readLastIndex = (self: unknown): number =>
  self instanceof RegExp && (self.global || self.sticky) ? self.lastIndex : 0;

/** A search ends where it finds; all others go through the whole. */
function weighSearch(self: unknown, args: readonly unknown[], result: unknown): number {
  const { length } = self as string | readonly unknown[];
  if (typeof result !== 'number') return length;
  const from = typeof args[1] === 'number' ? args[1] : 0;
  return Math.max(0, (result === -1 ? length : result) - from);
}

/** The patterns of the sources are linear in what they pass, which `npm run check` shows. */
const weighMatch: Weigh = (self, [text], result, before) => {
  const match = result as RegExpExecArray | null;
  if (match !== null) return Math.max(0, match.index + match[0].length - before);
  // Where it does not begin as it must, nothing more is looked at.
  const { source, sticky, multiline } = self as RegExp;
  return sticky || (source.startsWith('^') && !multiline) ? 1 : String(text).length - before;
};
