/** The device's copy of the model: in memory, in storage, and kept up with the server. */
import { type CommunityApi, unreadable } from "./api.ts";
import { LocalModel, ModelError, readModelAnswer } from "./local-model.ts";
import { forgetContributions, lastContributedVersion } from "./outbox.ts";
import type { Storage } from "./storage.ts";

export class SyncedModel {
  readonly #api: CommunityApi;
  readonly #storage: Storage;
  #model: LocalModel | undefined;

  constructor(api: CommunityApi, storage: Storage) {
    this.#api = api;
    this.#storage = storage;
  }

  /** Merges what changed since the device's version; where there is none, or one of another shape, fetches the whole. */
  async sync(): Promise<LocalModel> {
    const known = await this.read();
    if (!known) return this.#fetchWhole();
    const { modelVersion, itemIds } = known;
    // The ETag is the version, which a join does not move: without knownRows a 304 would hide who has just joined.
    const path = `/model?encoding=i8&sinceVersion=${modelVersion}&knownRows=${itemIds.length}`;
    const { status, body } = await this.#api.call("GET", path, undefined, {
      "if-none-match": `"${modelVersion}"`,
    });
    if (status === 304) return known;
    const delta = readable(() => readModelAnswer(body));
    if (!known.canMerge(delta)) return this.#fetchWhole();
    if (delta.rows.length === 0 && delta.modelVersion === known.modelVersion) return known;
    known.merge(delta);
    return this.#keep(known);
  }

  async require(): Promise<LocalModel> {
    const model = await this.read();
    if (!model) throw new Error("there is no model on the device yet: call sync() first");
    return model;
  }

  /** Forgets the copy in memory. */
  drop(): void {
    this.#model = undefined;
  }

  async #fetchWhole(): Promise<LocalModel> {
    const { body } = await this.#api.call("GET", "/model?encoding=i8");
    const model = readable(() => new LocalModel(readModelAnswer(body)));
    // A model that went back is another one.
    const lastModelVersion = await lastContributedVersion(this.#storage);
    if (model.modelVersion < (lastModelVersion ?? 0)) await forgetContributions(this.#storage);
    return this.#keep(model);
  }

  async #keep(model: LocalModel): Promise<LocalModel> {
    this.#model = model;
    await this.#storage.update("model", () => model.toText());
    return model;
  }

  /** The device's copy as it is. */
  async read(): Promise<LocalModel | undefined> {
    if (this.#model) return this.#model;
    const text = await this.#storage.read("model");
    try {
      if (text !== null) this.#model = LocalModel.fromText(text);
    } catch {
      // A damaged copy is worth no more than none: the next sync fetches the whole.
    }
    return this.#model;
  }
}

/** Runs `read`; what it finds wrong with the server's model becomes an ApiError. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ModelError) throw unreadable("the model", error);
    throw error;
  }
}
