/** The local system of a test file, and its operator: both are there once the tests begin. */
import { afterAll, beforeAll } from "@jest/globals";
import { type LocalSystem, type LocalSystemOptions, startLocalSystem } from "../../scripts/local/system.ts";
import { type Caller, caller } from "./caller.ts";

export let system: LocalSystem;
export let operator: Caller;

/** Starts them before the file's tests, and stops the system after them. */
export function startSystem(options: LocalSystemOptions = {}): void {
  beforeAll(async () => {
    process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
    system = await startLocalSystem(options);
    operator = await caller(system, "operator", "operator");
  });
  afterAll(() => system.stop());
}
