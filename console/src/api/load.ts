// Data that a page shows: loaded when the page appears, again when what it depends on changes.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type Refusal, refusalOf } from './refusal';

export interface Load<T> {
  data?: T;
  refusal?: Refusal;
  isLoading: boolean;
  reload: () => void;
  /** Puts an answer that came another way, such as that of an edit, in place of the loaded one. */
  set: (data: T) => void;
}

/** Runs `load` now and whenever one of `inputs` changes. An answer that came too late is dropped. */
export function useLoad<T>(load: () => Promise<T>, inputs: unknown[]): Load<T> {
  const [state, setState] = useState<{ data?: T; refusal?: Refusal; isLoading: boolean }>({ isLoading: true });
  const turn = useRef(0);
  const reload = useCallback(() => {
    const mine = ++turn.current;
    const isLate = () => mine !== turn.current;
    setState((before) => ({ ...before, isLoading: true }));
    load().then(
      (data) => isLate() || setState({ data, isLoading: false }),
      (thrown) => isLate() || setState({ refusal: refusalOf(thrown), isLoading: false }),
    );
  }, inputs);
  useEffect(() => {
    setState({ isLoading: true });
    reload();
    return () => void turn.current++;
  }, [reload]);
  const set = useCallback((data: T) => {
    turn.current++;
    setState({ data, isLoading: false });
  }, []);
  return { ...state, reload, set };
}

export interface Batch<Row> {
  rows: Row[];
  /** Where the next rows begin: an offset or a cursor; absent at the end. */
  next?: string;
}

export interface Rows<Row> extends Load<Row[]> {
  /** Loads the next rows; absent when all are there. */
  more?: () => void;
}

/** A list in batches: `load(from)` gives one, from the beginning without `from`. */
export function useRows<Row>(load: (from?: string) => Promise<Batch<Row>>, inputs: unknown[]): Rows<Row> {
  const first = useLoad(() => load(), inputs);
  const [added, setAdded] = useState<{ after?: Batch<Row>; rows: Row[]; next?: string; isLoading?: boolean; refusal?: Refusal }>({ rows: [] });
  const isCurrent = added.after !== undefined && added.after === first.data;
  const next = isCurrent ? added.next : first.data?.next;
  const rows = first.data && (isCurrent ? [...first.data.rows, ...added.rows] : first.data.rows);
  const more = async () => {
    const after = first.data;
    const before = isCurrent ? added.rows : [];
    setAdded({ after, rows: before, next, isLoading: true });
    try {
      const batch = await load(next);
      setAdded({ after, rows: [...before, ...batch.rows], next: batch.next });
    } catch (thrown) {
      setAdded({ after, rows: before, next, refusal: refusalOf(thrown) });
    }
  };
  return {
    data: rows,
    refusal: first.refusal ?? (isCurrent ? added.refusal : undefined),
    isLoading: first.isLoading || (isCurrent && added.isLoading === true),
    reload: first.reload,
    set: (given) => first.set({ rows: given, next }),
    more: next === undefined ? undefined : more,
  };
}
