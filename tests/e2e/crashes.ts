/** Crashes of a step that may be done again: each call to the stores fails once before, once after. */
import { AsyncLocalStorage } from "node:async_hooks";
import { dynamodb, s3 } from "../../src/infra/aws.ts";

class Crash extends Error {}

/** Other functions of the system run beside the work, and are left alone. */
const within = new AsyncLocalStorage<true>();

/**
 * Does `work` again and again, each time with its next call failing, until none is left to fail; answers how
 * often it failed.
 */
export async function crashAtEachCall(work: () => Promise<void>): Promise<number> {
  const send = s3.send;
  let [calls, failAt, isAfter] = [0, 0, false];
  const around = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    if (!within.getStore()) return call();
    const fails = calls++ === failAt;
    if (fails && !isAfter) throw new Crash();
    const answer = await call();
    if (fails) throw new Crash();
    return answer;
  };
  s3.send = (request) => around(() => send.call(s3, request));
  const name = "crashes";
  dynamodb.middlewareStack.add((next) => (args) => around(() => next(args)), { step: "initialize", name });
  try {
    for (let crashes = 0; ; crashes++) {
      calls = 0;
      try {
        await within.run(true, work);
        return crashes;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
      if (isAfter) failAt++;
      isAfter = !isAfter;
    }
  } finally {
    s3.send = send;
    dynamodb.middlewareStack.remove(name);
  }
}
