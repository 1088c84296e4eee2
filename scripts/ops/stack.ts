/** Which stack a command speaks to: the local system that runs at a URL, or a deployed one, by its stage. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { readTemplate } from "../local/template/template.ts";

export interface DeployedStack {
  functions: string[];
  lambda: LambdaClient;
}

export const repository = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const serverlessYml = join(repository, "serverless.yml");

/** Takes over the environment of the local system's functions, so that src/infra reaches its stores. */
export async function reachLocalSystem(url: string): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(`${url}/dev/environment`);
  } catch {
    throw new Error(`nothing answers at ${url}: run "npm start", or name a deployed stack with --stage`);
  }
  if (!answer.ok) throw new Error(`${url} is not a local system: it answered ${answer.status}`);
  Object.assign(process.env, await answer.json());
}

/** The same for a stack in AWS, with the credentials that the AWS SDK finds on this machine. */
export async function reachDeployedStack(stage: string, region?: string): Promise<DeployedStack> {
  const template = readTemplate(serverlessYml);
  const AWS_REGION = region ?? template.provider.region;
  const name = `${template.service}-${stage}`;
  const functions = Object.keys(template.functions).map((fn) => `${name}-${fn}`);
  const lambda = new LambdaClient({ region: AWS_REGION });
  const { accessKeyId, secretAccessKey, sessionToken } = await lambda.config.credentials();
  const command = new GetFunctionConfigurationCommand({ FunctionName: `${name}-sweep-objects` });
  const { Environment } = await lambda.send(command);
  Object.assign(process.env, Environment?.Variables, {
    AWS_REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken ? { AWS_SESSION_TOKEN: sessionToken } : {}),
  });
  return { functions, lambda };
}
