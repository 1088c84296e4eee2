import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { FileStorage } from "../../src/client/file-storage.ts";
import { MemoryStorage, type Storage, StorageError, updateJson } from "../../src/client/storage.ts";

const newPath = () => join(mkdtempSync(join(tmpdir(), "tertulia-")), "device.json");

/** What every adapter promises. The one for IndexedDB keeps it in tests/client/browser.test.ts. */
const adapters: [string, () => Storage][] = [
  ["memory", () => new MemoryStorage()],
  ["a file", () => new FileStorage(newPath())],
];

describe.each(adapters)("storage in %s", (_, create) => {
  test("holds what was put, and nothing after a clear", async () => {
    const storage = create();
    expect(await storage.read("model")).toBeNull();
    expect(await storage.update("model", () => "seven")).toBe("seven");
    expect(await storage.update("model", (text) => `${text} and eight`)).toBe("seven and eight");
    expect(await storage.read("model")).toBe("seven and eight");
    expect(await storage.update("model", () => null)).toBeNull();
    await storage.update("other", () => "nine");
    await storage.clear();
    expect([await storage.read("model"), await storage.read("other")]).toEqual([null, null]);
  });

  test("loses no update of many at once", async () => {
    const storage = create();
    const add = () => updateJson(storage, "count", 0, (count) => count + 1);
    await Promise.all(Array.from({ length: 20 }, add));
    expect(await storage.read("count")).toBe("20");
  });

  test("keeps the old text when a change throws", async () => {
    const storage = create();
    await storage.update("model", () => "seven");
    const fail = () => {
      throw new Error("no");
    };
    await expect(storage.update("model", fail)).rejects.toThrow("no");
    expect(await storage.read("model")).toBe("seven");
  });
});

test("two programs on one file lose no update", async () => {
  const path = newPath();
  const programs = [new FileStorage(path), new FileStorage(path)];
  const add = (n: number) => updateJson(programs[n % 2], "count", 0, (count) => count + 1);
  await Promise.all(Array.from({ length: 20 }, (_, n) => add(n)));
  expect(await programs[0].read("count")).toBe("20");
});

test("a damaged file and a path that cannot be written are told as such", async () => {
  const damaged = newPath();
  writeFileSync(damaged, "{");
  await expect(new FileStorage(damaged).read("model")).rejects.toThrow(StorageError);
  const nowhere = new FileStorage(join(newPath(), "below", "device.json"));
  await expect(nowhere.update("model", () => "x")).rejects.toThrow(StorageError);
});
