// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is a variable of serverless.yml here
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { type Resources, resolveIntrinsic } from "../../../scripts/local/template/resources.ts";
import { readTemplate } from "../../../scripts/local/template/template.ts";
import { resolveVariables } from "../../../scripts/local/template/variables.ts";
import { tinyTemplate } from "../tiny-system.ts";

const directory = mkdtempSync(join(tmpdir(), "template-"));
afterAll(() => rmSync(directory, { recursive: true }));

function withChange(from: string, to: string): string {
  const text = readFileSync(tinyTemplate, "utf8");
  expect(text).toContain(from);
  const file = join(directory, "serverless.yml");
  writeFileSync(file, text.replace(from, to));
  return file;
}

test("parameters come from the options, then the stage, then the defaults, and keep their type", () => {
  const { provider, functions, queues } = readTemplate(tinyTemplate, { params: { visibilitySeconds: 7 } });
  expect(queues.WorkQueue.VisibilityTimeout).toBe(7);
  expect(provider.httpApi.authorizers.jwt).toMatchObject({
    issuerUrl: "http://issuer.test",
    audience: ["tiny-local"],
  });
  expect(functions.consume.events[0].sqs?.batchSize).toBe(10);
  expect(provider.region).toBe("eu-west-1");
});

test("an origin given on the command line is a list of one", () => {
  const file = withChange('["http://app.test", "http://other.test"]', "${param:origins}");
  const { provider } = readTemplate(file, { params: { origins: "http://one.test" } });
  expect(provider.httpApi.cors?.allowedOrigins).toEqual(["http://one.test"]);
});

test.each([
  ["timeout: ${param:timeoutSeconds}", "timeout: ${param:absent}", "${param:absent} has no value"],
  ["timeout: ${param:timeoutSeconds}", "timeout: ${ssm:/a}", "does not know the variable ${ssm:/a}"],
  ["timeout: ${param:timeoutSeconds}", "timeout: ${self:provider.timeout}", "in a circle"],
  ["timeout: ${param:timeoutSeconds}", "vpc: {}", 'provider: Unrecognized key: "vpc"'],
  ["maxAge: 60", "allowCredentials: true", 'provider.httpApi.cors: Unrecognized key: "allowCredentials"'],
  [
    "batchSize: 100",
    "tumblingWindowInSeconds: 2",
    'functions.observe.events.0.stream: Unrecognized key: "tumbling',
  ],
  ["batchSize: 100", "batchSize: many", "functions.observe.events.0.stream.batchSize: Invalid input"],
  ["batchSize: ${param:batchSize}", "batchSize: 11", "a batchSize over 10 needs a maximumBatchingWindow"],
  ["- sqs:", "- sns:", 'functions.consume.events.0: Unrecognized key: "sns"'],
  ["rate(5 minutes)", "cron(0 9 ? * MON *)", '"cron(0 9 ? * MON *)" is neither rate(...) nor a cron(...)'],
  ["method: scheduler", "method: eventBus", "functions.tick.events.0.schedule.method: Invalid input"],
  ["Type: AWS::SQS::Queue", "Type: AWS::Kinesis::Stream", "WorkQueue: no local AWS::Kinesis::Stream"],
  ["MessageRetentionPeriod", "FifoQueue", "resources.Resources.DeadWorkQueue: Unrecognized key"],
  ["!Ref ThingsTable", "!ImportValue ThingsTable", "Unresolved tag: !ImportValue"],
])("%s changed to %s is refused by name", (from, to, message) => {
  expect(() => readTemplate(withChange(from, to))).toThrow(message);
});

test("variables are found inside one another and beside text", () => {
  const sources = {
    file: { custom: { of: { local: "deep" } } },
    stage: "local",
    params: { size: 3 },
    options: {},
  };
  const resolve = (text: string) => resolveVariables(text, sources);
  expect(resolve("${self:custom.of.${sls:stage}}")).toBe("deep");
  expect(resolve("a-${param:size}-b")).toBe("a-3-b");
  expect(resolve("${opt:region, 'here'}")).toBe("here");
  expect(resolve("${opt:region, param:size}")).toBe(3);
});

test("intrinsics take what the resources are, and nothing else", () => {
  const resources: Resources = new Map([["Table", { ref: "name", attributes: { Arn: "arn:name" } }]]);
  expect(resolveIntrinsic({ Ref: "Table" }, resources)).toBe("name");
  expect(resolveIntrinsic({ "Fn::GetAtt": ["Table", "Arn"] }, resources)).toBe("arn:name");
  expect(resolveIntrinsic({ "Fn::Sub": "${Table}/${Table.Arn}" }, resources)).toBe("name/arn:name");
  expect(resolveIntrinsic(5, resources)).toBe("5");
  expect(() => resolveIntrinsic({ Ref: "Absent" }, resources)).toThrow("Absent is used but not made");
  expect(() => resolveIntrinsic({ "Fn::GetAtt": ["Table", "StreamArn"] }, resources)).toThrow("StreamArn");
  expect(() => resolveIntrinsic({ "Fn::Join": ["", []] }, resources)).toThrow("Fn::Join");
});
