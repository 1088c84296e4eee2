// The stack as an operator handles it: `serverless package`, `deploy`, `info` and `remove` on this repository.
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { run } from "../child-process.ts";

const ROOT = join(import.meta.dirname, "../..");
const CLI = join(ROOT, "node_modules/serverless/bin/serverless.js");
const PACKAGED = ".serverless/cloudformation-template-update-stack.json";
const TEMPLATE = join(ROOT, PACKAGED);
const DEPLOY_TIMEOUT_MS = 120_000;

export type Stack = ReturnType<typeof openStack>;

type Statement = { Action: string[]; Resource: unknown };
type Policy = { PolicyDocument: { Statement: Statement[] } };
type Resource = { Type: string; Properties: { Handler?: string; Policies?: Policy[] } };

/** `directory` is that of the stack's serverless.yml, by default the repository. */
export function openStack(
  stage: string,
  params: Record<string, string>,
  env: NodeJS.ProcessEnv,
  directory = ROOT,
) {
  const flags = [
    "--stage",
    stage,
    ...Object.entries(params).map(([name, value]) => `--param=${name}=${value}`),
  ];

  async function serverless(command: string, timeoutMs?: number, more: string[] = []) {
    return run(process.execPath, [CLI, command, ...flags, ...more], { env, timeoutMs, cwd: directory });
  }

  async function mustRun(command: string, timeoutMs?: number): Promise<string> {
    const { code, output, timedOut } = await serverless(command, timeoutMs);
    if (timedOut) throw new Error(`serverless ${command} took more than ${timeoutMs} ms:\n${output}`);
    if (code !== 0) throw new Error(`serverless ${command} failed:\n${output}`);
    return output;
  }

  return {
    /** Packages; any line beyond the two of a clean run is a warning or a deprecation, and fails. */
    async package(): Promise<void> {
      const lines = (await mustRun("package")).split("\n").filter((line) => line.trim() !== "");
      const [first = "", last = "", ...more] = lines;
      if (!first.startsWith("Packaging") || !last.includes("Service packaged") || more.length > 0)
        throw new Error(`serverless package is not clean:\n${lines.join("\n")}`);
    },

    async lint(cfnLint: string): Promise<void> {
      const { code, output } = await run(cfnLint, [join(directory, PACKAGED)]);
      if (code !== 0) throw new Error(`cfn-lint:\n${output}`);
    },

    /** Deploys and answers with the id of the HTTP API. */
    async deploy(note: (text: string) => void): Promise<string> {
      const { code, output, timedOut } = await serverless("deploy", DEPLOY_TIMEOUT_MS);
      if (timedOut) {
        // MiniStack 1.4 could lose the event that the CLI waits for; a second deploy then finds the stack complete.
        note(`the first deploy hung for ${DEPLOY_TIMEOUT_MS / 1000} s; deploying again`);
        await mustRun("deploy", DEPLOY_TIMEOUT_MS);
      } else if (code !== 0) throw new Error(`serverless deploy failed:\n${output}`);
      const info = await mustRun("info");
      const id = info.match(/https:\/\/([a-z0-9]+)\.execute-api\./)?.[1];
      if (!id) throw new Error(`serverless info names no endpoint:\n${info}`);
      return id;
    },

    /** What the functions logged of unexpected errors. */
    async errors(functions: readonly string[]): Promise<string> {
      const logs: string[] = [];
      for (const name of functions) {
        const { output } = await serverless("logs", undefined, ["--function", name, "--filter", "stack"]);
        if (output.includes("stack")) logs.push(`${name}:\n${output}`);
      }
      return logs.join("\n");
    },

    /** Fails unless the function's log has a line with `text`. */
    async mustHaveLogged(name: string, text: string): Promise<void> {
      const { output } = await serverless("logs", undefined, ["--function", name, "--filter", text]);
      if (!output.includes(text)) throw new Error(`${name} has not logged ${text}:\n${output}`);
    },

    async remove(): Promise<void> {
      await mustRun("remove", DEPLOY_TIMEOUT_MS);
      const { code, output } = await serverless("info");
      if (code === 0 || !output.includes("does not exist"))
        throw new Error(`The stack is still there:\n${output}`);
    },
  };
}

async function readTemplate(): Promise<Record<string, Resource>> {
  return JSON.parse(await readFile(TEMPLATE, "utf8")).Resources;
}

/** The functions of the packaged template, as serverless.yml names them. */
export async function readFunctions(): Promise<string[]> {
  return Object.values(await readTemplate()).flatMap(({ Type, Properties: { Handler = "" } }) =>
    Type === "AWS::Lambda::Function" ? [basename(Handler, ".handler")] : [],
  );
}

/** Logical ids of the resources of a type in the packaged template. */
export async function resourcesOf(type: string): Promise<string[]> {
  return Object.entries(await readTemplate()).flatMap(([id, { Type }]) => (Type === type ? id : []));
}

/** Fails if a role of the packaged template may use a wildcard, other than for keys of a bucket; returns the number of roles. */
export async function checkRoles(): Promise<number> {
  const { Resources } = JSON.parse(await readFile(TEMPLATE, "utf8")) as {
    Resources: Record<string, Resource>;
  };
  const roles = Object.entries(Resources).filter(([, { Type }]) => Type === "AWS::IAM::Role");
  for (const [name, { Properties }] of roles) {
    for (const { Action, Resource } of Properties.Policies?.flatMap(
      (each) => each.PolicyDocument.Statement,
    ) ?? []) {
      const tracing = Action.every((action) => action.startsWith("xray:")); // X-Ray takes no resource
      // Keys begin with the community's name, so a folder of the bucket is a pattern.
      const folder = Action.every((action) => /^s3:\w+Object$/.test(action)) && Resource !== "*";
      if (Action.join().includes("*") || (JSON.stringify(Resource).includes("*") && !tracing && !folder))
        throw new Error(`${name} may use a wildcard: ${Action.join()} on ${JSON.stringify(Resource)}`);
    }
  }
  return roles.length;
}
