/**
 * Runs the handlers as Lambda does: the function that serverless.yml names, with a context, until its timeout.
 * Other than on Lambda, all invocations share one process: concurrent ones share module state, a handler that computes
 * without awaiting cannot be stopped, and one that timed out runs on, unheard.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Context } from "aws-lambda";
import { accountId } from "./template/resources.ts";
import type { FunctionTemplate, Template } from "./template/template.ts";

type Handler = (event: unknown, context: Context) => Promise<unknown>;

export class FunctionTimeout extends Error {}

export interface LocalFunction {
  name: string;
  arn: string;
  /** Resolves to what the handler returns; rejects with what it throws or with FunctionTimeout. */
  invoke(event: unknown): Promise<unknown>;
}

/** What all functions have done, for `drain`. */
export interface Activity {
  started: number;
  running: number;
}

/** Makes the function `name`; its module is imported at the first invocation, in Lambda's terms a cold start. */
export function localFunction(
  name: string,
  options: { template: Template; root: string; activity: Activity; log: (line: string) => void },
): LocalFunction {
  const { template, root, activity, log } = options;
  const properties = template.functions[name];
  const timeoutMs = (properties.timeout ?? template.provider.timeout) * 1000;
  const functionName = `${template.service}-${template.stage}-${name}`;
  const arn = `arn:aws:lambda:${template.provider.region}:${accountId}:function:${functionName}`;
  const memory = String(properties.memorySize ?? template.provider.memorySize);
  let handler: Promise<Handler> | undefined;

  async function invoke(event: unknown): Promise<unknown> {
    const deadline = performance.now() + timeoutMs;
    const awsRequestId = randomUUID();
    const context = lambdaContext({ functionName, arn, memory, awsRequestId, deadline });
    handler ??= loadHandler(root, properties);
    return withTimeout(
      handler.then((run) => run(event, context)),
      timeoutMs,
      name,
    );
  }

  return {
    name,
    arn,
    async invoke(event) {
      activity.started += 1;
      activity.running += 1;
      try {
        return await invoke(event);
      } catch (error) {
        log(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        throw error;
      } finally {
        activity.running -= 1;
      }
    },
  };
}

async function loadHandler(root: string, { handler }: FunctionTemplate): Promise<Handler> {
  const dot = handler.lastIndexOf(".");
  const file = join(root, `${handler.slice(0, dot)}.ts`);
  if (!existsSync(file)) throw new Error(`${file} does not exist`);
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const exported = module[handler.slice(dot + 1)];
  if (typeof exported !== "function") throw new Error(`${file} does not export ${handler.slice(dot + 1)}`);
  return exported as Handler;
}

async function withTimeout<T>(result: Promise<T>, timeoutMs: number, name: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new FunctionTimeout(`${name} timed out after ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([result, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function lambdaContext(invocation: {
  functionName: string;
  arn: string;
  memory: string;
  awsRequestId: string;
  deadline: number;
}): Context {
  return {
    functionName: invocation.functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: invocation.arn,
    memoryLimitInMB: invocation.memory,
    awsRequestId: invocation.awsRequestId,
    logGroupName: `/aws/lambda/${invocation.functionName}`,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(invocation.deadline - performance.now())),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
