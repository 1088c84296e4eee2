/** The storage of a browser: one IndexedDB database a member, shared by its tabs. */
import { type Storage, StorageError } from "./storage.ts";

const STORE = "texts";

export class IndexedDbStorage implements Storage {
  readonly #name: string;
  #opened: Promise<IDBDatabase> | undefined;

  /** `name` parts one member's data from another's on a shared browser, e.g. "tertulia/book-club/ana". */
  constructor(name: string) {
    this.#name = name;
  }

  async read(key: string): Promise<string | null> {
    let text: string | null = null;
    await this.#transact("readonly", (store) => {
      const request = store.get(key);
      request.onsuccess = () => {
        text = request.result ?? null;
      };
    });
    return text;
  }

  async update(key: string, change: (text: string | null) => string | null): Promise<string | null> {
    let text: string | null = null;
    // Read and write stand in one transaction, and IndexedDB runs those of one store one after the other, tabs included.
    await this.#transact("readwrite", (store, abort) => {
      const request = store.get(key);
      request.onsuccess = () => {
        try {
          text = change(request.result ?? null);
        } catch (error) {
          abort(error);
          return;
        }
        if (text === null) store.delete(key);
        else store.put(text, key);
      };
    });
    return text;
  }

  async clear(): Promise<void> {
    await this.#transact("readwrite", (store) => store.clear());
  }

  async #transact(
    mode: IDBTransactionMode,
    run: (store: IDBObjectStore, abort: (error: unknown) => void) => void,
  ): Promise<void> {
    this.#opened ??= openDatabase(this.#name);
    const database = await this.#opened;
    await new Promise<void>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      let thrown: unknown;
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(thrown ?? storageError(transaction.error));
      run(transaction.objectStore(STORE), (error) => {
        thrown = error;
        transaction.abort();
      });
    });
  }
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(storageError(request.error));
  });
}

function storageError(cause: DOMException | null): StorageError {
  const detail =
    cause?.name === "QuotaExceededError" ? "the browser has no room left" : (cause?.message ?? "aborted");
  return new StorageError(`IndexedDB: ${detail}`, { cause });
}
