/**
 * Where a device keeps its owner's ratings, the model and the outbox: texts by key. An adapter must make `update` atomic among
 * everyone who shares the storage, tabs included; that alone keeps two of them from losing a rating or contributing twice.
 */
export interface Storage {
  /** The text of a key, null where there is none. */
  read(key: string): Promise<string | null>;
  /**
   * Replaces a key's text by `change(text)`, null for none, and answers what stands there then. `change` may be called
   * again and must have no effect of its own. Rejects with StorageError, the old text kept, where there is no room.
   */
  update(key: string, change: (text: string | null) => string | null): Promise<string | null>;
  /** Removes every key. */
  clear(): Promise<void>;
}

/** The device could not keep what it was given: full, forbidden, or damaged. */
export class StorageError extends Error {
  override name = "StorageError";
}

/** Reads and changes a key that holds JSON. */
export async function readJson<T>(storage: Storage, key: string, otherwise: T): Promise<T> {
  return parsed(key, await storage.read(key), otherwise);
}

export async function updateJson<T>(
  storage: Storage,
  key: string,
  otherwise: T,
  change: (value: T) => T,
): Promise<T> {
  let changed = otherwise;
  await storage.update(key, (before) => {
    changed = change(parsed(key, before, otherwise));
    return JSON.stringify(changed);
  });
  return changed;
}

function parsed<T>(key: string, text: string | null, otherwise: T): T {
  if (text === null) return otherwise;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new StorageError(`what is stored under "${key}" is damaged`, { cause });
  }
}

/** Lives as long as the page or process: for tests and for guests. */
export class MemoryStorage implements Storage {
  readonly #texts = new Map<string, string>();

  async read(key: string): Promise<string | null> {
    return this.#texts.get(key) ?? null;
  }

  async update(key: string, change: (text: string | null) => string | null): Promise<string | null> {
    const text = change(this.#texts.get(key) ?? null);
    if (text === null) this.#texts.delete(key);
    else this.#texts.set(key, text);
    return text;
  }

  async clear(): Promise<void> {
    this.#texts.clear();
  }
}
