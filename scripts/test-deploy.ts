// npm run test:deploy: a real `serverless deploy` of serverless.yml into an emulated AWS account, the life of a community
// through the deployed API and its Lambdas, and `serverless remove`.
import { join } from "node:path";
import { browseConsole } from "./deploy/browser-story.ts";
import { openDeployedApi } from "./deploy/deployed-api.ts";
import { startIssuer } from "./deploy/issuer.ts";
import { NOT_EMULATED, startMiniStack } from "./deploy/ministack.ts";
import { openQueues } from "./deploy/queues.ts";
import { HELPER_AUDIENCE, reportSecurely } from "./deploy/secure-story.ts";
import { checkRoles, openStack, readFunctions } from "./deploy/stack.ts";
import { createSteps, type Steps } from "./deploy/steps.ts";
import { tellStory } from "./deploy/story.ts";
import { checkWatching } from "./deploy/watching.ts";
import { pythonTools } from "./python-tools.ts";

const STAGE = "deploytest";
const AUDIENCE = "tertulia";

/** Short times, so that a poison message is given up within a minute; the tables go with the stack. */
const PARAMS = {
  deletionPolicy: "Delete",
  gradientWindowSeconds: "1",
  consumerTimeoutSeconds: "6",
  visibilityTimeoutSeconds: "6",
  dueRoundsSchedule: "rate(1 minute)",
  sweepSchedule: "rate(1 minute)",
  alarmEmail: "operator@example.com",
  allAlarms: "true",
  tracing: "true",
  webhookLoopback: "true",
  consoleClientId: "console",
};

const HELPER_DIRECTORY = join(import.meta.dirname, "../helper");
const LEADER_KEY = "the key of both stacks";
/** Members' keys count at once, and three members are enough. */
const HELPER_PARAMS = {
  ...{ deletionPolicy: "Delete", reportsMin: "3", keyAgeHours: "0" },
  ...{ leaderKey: LEADER_KEY, jwtAudience: HELPER_AUDIENCE },
};

const steps = createSteps();
try {
  await main(steps);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
}
process.exitCode = steps.close() ? 0 : 1;

type Stop = () => void | Promise<void>;

async function main(steps: Steps): Promise<void> {
  const bin = await steps.step("install MiniStack and cfn-lint", async () => {
    const tools = await pythonTools("deploy-tools", join(import.meta.dirname, "deploy/requirements.txt"));
    if ("bin" in tools) return tools.bin;
    if (process.env.CI) throw new Error(`CI needs Python with pip: ${tools.unavailable}`);
    steps.skip("THE DEPLOYMENT IS NOT TESTED", `no Python with pip here (${tools.unavailable})`);
    return null;
  });
  if (bin === null) return;
  const stops: Stop[] = [];
  try {
    await deployAndTell(bin, stops, steps);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function deployAndTell(bin: string, stops: Stop[], steps: Steps): Promise<void> {
  const { step, note } = steps;
  const issuer = await startIssuer(AUDIENCE);
  stops.push(issuer.stop);
  const ministack = await step("start MiniStack", () => startMiniStack(join(bin, "python")));
  stops.push(ministack.stop);
  for (const text of NOT_EMULATED) note(`not emulated: ${text}`);
  const urlOf = (id: string) => `${ministack.endpoint}/_aws/execute-api/${id}/$default`;
  const helperParams = { ...HELPER_PARAMS, jwtIssuer: issuer.url };
  const helper = openStack(STAGE, helperParams, ministack.env, HELPER_DIRECTORY);
  await step("helper: serverless package, without a warning", () => helper.package());
  await step("helper: cfn-lint finds nothing in the template", () => helper.lint(join(bin, "cfn-lint")));
  const helperUrl = await step("helper: serverless deploy", async () => urlOf(await helper.deploy(note)));
  const identity = { jwtIssuer: issuer.url, jwtAudience: AUDIENCE };
  const params = { ...PARAMS, ...identity, helperUrl, helperKey: LEADER_KEY };
  const stack = openStack(STAGE, params, ministack.env);

  await step("serverless package, without a warning", () => stack.package());
  await step("cfn-lint finds nothing in the template", () => stack.lint(join(bin, "cfn-lint")));
  await step("no role may use a wildcard", () => checkRoles());
  const apiId = await step("serverless deploy", () => stack.deploy(note));
  await step("the alarms are there, write to the topic, and the dashboard has widgets", () =>
    checkWatching(ministack.endpoint, `tertulia-${STAGE}`),
  );
  const queues = openQueues(ministack.endpoint);
  stops.push(queues.stop);
  const api = openDeployedApi(urlOf(apiId));
  const invoked = () => ministack.invokedFunctions(STAGE);
  try {
    const operator = await issuer.token({ sub: "olga", scope: "operator" });
    await step("secure sums: three devices report to two stacks, and the model moves once", () =>
      reportSecurely({ api, issuer, baseUrl: urlOf(apiId), helperUrl, operator }),
    );
    await tellStory({ api, issuer, queues, steps, functions: await readFunctions(), invoked });
    await step(
      "a browser signs in at the issuer, sees round and docs, and uploads a file, without a complaint",
      () => browseConsole(urlOf(apiId), "deploytest", 2),
    );
  } catch (error) {
    console.error(await stack.errors(invoked()));
    throw error;
  }
  await step("the consumer has written its metrics into its log", () =>
    stack.mustHaveLogged("apply-gradients", "GradientsGathered"),
  );
  await step("serverless remove, and the stack is gone", () => stack.remove());
  await step("helper: serverless remove", () => helper.remove());
}
