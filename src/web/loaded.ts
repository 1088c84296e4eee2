/** What a view shows of the API: loading, there, or refused. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export interface Loaded<T> {
  value: T | undefined;
  error: unknown;
}

/** Loads again when one of `of` changes; until then the old value stays. A late answer never replaces a newer. */
export function useLoaded<T>(load: () => Promise<T>, of: readonly unknown[]): Signal<Loaded<T>> {
  const loaded = useSignal<Loaded<T>>({ value: undefined, error: undefined });
  useEffect(() => {
    let isOver = false;
    load().then(
      (value) => {
        if (!isOver) loaded.value = { value, error: undefined };
      },
      (error) => {
        if (!isOver) loaded.value = { value: loaded.value.value, error };
      },
    );
    return () => {
      isOver = true;
    };
  }, of);
  return loaded;
}

export interface Action {
  isRunning: Signal<boolean>;
  error: Signal<unknown>;
  run(act: () => Promise<void>): Promise<void>;
}

/** What the person does: one thing at a time, so a double click is one click. `error` is why it was refused. */
export function useAction(): Action {
  const isRunning = useSignal(false);
  const error = useSignal<unknown>(undefined);
  return {
    isRunning,
    error,
    async run(act) {
      if (isRunning.value) return;
      isRunning.value = true;
      error.value = undefined;
      try {
        await act();
      } catch (thrown) {
        error.value = thrown;
      } finally {
        isRunning.value = false;
      }
    },
  };
}
