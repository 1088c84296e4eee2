/** The storage of a Node program: one file, replaced as a whole, so that a crash leaves the old or the new one. */
import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { type Storage, StorageError } from "./storage.ts";

const LOCK_WAIT_MS = 10;
/** No update takes this long: whoever held a lock this old has died. */
const LOCK_AGE_MAX_MS = 10_000;

export class FileStorage implements Storage {
  readonly #path: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async read(key: string): Promise<string | null> {
    return (await this.#readAll())[key] ?? null;
  }

  async update(key: string, change: (text: string | null) => string | null): Promise<string | null> {
    return this.#exclusively(async () => {
      const texts = await this.#readAll();
      const text = change(texts[key] ?? null);
      if (text === null) delete texts[key];
      else texts[key] = text;
      await this.#writeAll(texts);
      return text;
    });
  }

  async clear(): Promise<void> {
    await this.#exclusively(() => rm(this.#path, { force: true }));
  }

  async #readAll(): Promise<Record<string, string>> {
    try {
      return JSON.parse(await readFile(this.#path, "utf8"));
    } catch (cause) {
      if (isMissing(cause)) return Object.create(null);
      throw new StorageError(`${this.#path} cannot be read`, { cause });
    }
  }

  async #writeAll(texts: Record<string, string>): Promise<void> {
    const draft = `${this.#path}.new`;
    try {
      await writeFile(draft, JSON.stringify(texts), { flush: true, mode: 0o600 });
      await rename(draft, this.#path);
    } catch (cause) {
      await rm(draft, { force: true });
      throw new StorageError(`${this.#path} cannot be written`, { cause });
    }
  }

  /** One after the other in this program, and by a lock file among programs. */
  #exclusively<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      await this.#lock();
      try {
        return await run();
      } finally {
        await rm(`${this.#path}.lock`, { force: true });
      }
    });
    this.#last = result.catch(() => {});
    return result;
  }

  async #lock(): Promise<void> {
    for (;;) {
      try {
        await (await open(`${this.#path}.lock`, "wx")).close();
        return;
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== "EEXIST") {
          throw new StorageError(`${this.#path} cannot be locked`, { cause });
        }
      }
      const held = await stat(`${this.#path}.lock`).catch(() => null);
      if (held && Date.now() - held.mtimeMs > LOCK_AGE_MAX_MS)
        await rm(`${this.#path}.lock`, { force: true });
      await new Promise((resolve) => setTimeout(resolve, LOCK_WAIT_MS));
    }
  }
}

function isMissing(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === "ENOENT";
}
