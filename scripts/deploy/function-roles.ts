// A serverless plugin: each function gets a role of its own that may write its log, send traces if there are any, read the sources of
// its events, and do what the grants say that it lists under `may` in serverless.yml; nothing else. The schedules of a
// function have a role that may invoke it; without, the framework would have them invoke it as the function itself.
// serverless-iam-roles-per-function leaves tracing out of the roles it makes, so AWS refuses the functions ("role does
// not have permissions to call PutTraceSegments on XRAY"), and lets all functions without grants share every right.

type Attribute = { "Fn::GetAtt": [logicalId: string, attribute: string] };
type Statement = { Effect: "Allow"; Action: string[]; Resource: Attribute | { "Fn::Sub": string } | "*" };
/** Actions by the logical id of a resource, or by that and what is within it: `ModelTable/index/due`. */
type Grant = Record<string, string[]>;

type FunctionEvent = {
  sqs?: { arn: Attribute };
  stream?: { arn: Attribute; destinations?: { onFailure: { arn: Attribute } } };
  schedule?: { method: string; roleArn?: Attribute };
};

type ServerlessFunction = { may?: string[]; role?: string; events: FunctionEvent[] };

type Serverless = {
  service: {
    custom: { may: Record<string, Grant> };
    provider: {
      tracing?: { lambda?: boolean };
      compiledCloudFormationTemplate: { Resources: Record<string, object> };
    };
    getAllFunctions(): string[];
    getFunction(name: string): ServerlessFunction;
  };
  configSchemaHandler: { defineFunctionProperties(provider: "aws", schema: object): void };
  getProvider(name: "aws"): {
    naming: {
      getNormalizedFunctionName(name: string): string;
      getLogGroupLogicalId(name: string): string;
      getLambdaLogicalId(name: string): string;
    };
  };
};

const RECEIVE = [
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  "sqs:ChangeMessageVisibility", // of what failed: src/infra/redelivery.ts
];
const READ_STREAM = ["GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"].map(
  (action) => `dynamodb:${action}`,
);

/** A role for one service, which may do what the statements say. */
function role(PolicyName: string, service: string, Statement: Statement[], Condition?: object): object {
  const Version = "2012-10-17";
  const Principal = { Service: `${service}.amazonaws.com` };
  const assume = {
    Effect: "Allow",
    Principal,
    Action: "sts:AssumeRole",
    ...(Condition ? { Condition } : {}),
  };
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: { Version, Statement: [assume] },
      Policies: [{ PolicyName, PolicyDocument: { Version, Statement } }],
    },
  };
}

/** The scheduler of this account alone: docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html */
const OF_THIS_ACCOUNT = { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } };

/** The ARN that a key of actionsByAttribute stands for. */
function arnOf(key: string): Statement["Resource"] {
  const [attribute, ...within] = key.split("/");
  const [logicalId, name] = attribute.split(".");
  if (within.length === 0) return { "Fn::GetAtt": [logicalId, name] };
  return { "Fn::Sub": `\${${attribute}}/${within.join("/")}` };
}

/** What the grants and the event sources of a function allow: for each attribute of a resource, the actions. */
function actionsByAttribute(
  source: ServerlessFunction,
  grants: Record<string, Grant>,
): Map<string, Set<string>> {
  const allowed = new Map<string, Set<string>>();
  const allow = (logicalId: string, attribute: string, actions: string[]) => {
    const key = `${logicalId}.${attribute}`;
    allowed.set(key, new Set([...(allowed.get(key) ?? []), ...actions]));
  };
  for (const { sqs, stream } of source.events) {
    if (sqs) allow(...sqs.arn["Fn::GetAtt"], RECEIVE);
    if (stream) allow(...stream.arn["Fn::GetAtt"], READ_STREAM);
    if (stream?.destinations) allow(...stream.destinations.onFailure.arn["Fn::GetAtt"], ["sqs:SendMessage"]);
  }
  for (const name of source.may ?? []) {
    const grant = grants[name];
    if (!grant) throw new Error(`custom.may has no grant "${name}"`);
    for (const [resource, actions] of Object.entries(grant)) {
      const [logicalId, ...within] = resource.split("/");
      allow(logicalId, ["Arn", ...within].join("/"), actions);
    }
  }
  return allowed;
}

/** X-Ray knows no resource: docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html */
const TRACE: Statement = {
  Effect: "Allow",
  Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
  Resource: "*",
};

function statementsOf(
  source: ServerlessFunction,
  grants: Record<string, Grant>,
  logGroupId: string,
): Statement[] {
  const statements: Statement[] = [
    // The stack makes the log group, so that it has a retention; the ARN attribute ends in ":*", the group's streams.
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: { "Fn::GetAtt": [logGroupId, "Arn"] },
    },
  ];
  for (const [key, actions] of actionsByAttribute(source, grants)) {
    statements.push({ Effect: "Allow", Action: [...actions], Resource: arnOf(key) });
  }
  return statements;
}

class FunctionRoles {
  readonly hooks: Record<string, () => void>;

  constructor(serverless: Serverless) {
    serverless.configSchemaHandler.defineFunctionProperties("aws", {
      properties: { may: { type: "array", items: { type: "string" }, uniqueItems: true } },
    });
    // Before the framework decides that functions without a role need one that they all share.
    this.hooks = { "before:package:setupProviderConfiguration": () => addRoles(serverless) };
  }
}

function addRoles(serverless: Serverless): void {
  const { service } = serverless;
  const { naming } = serverless.getProvider("aws");
  const { Resources } = service.provider.compiledCloudFormationTemplate;
  for (const name of service.getAllFunctions()) {
    const source = service.getFunction(name);
    source.role = `${naming.getNormalizedFunctionName(name)}Role`;
    const Statement = statementsOf(source, service.custom.may, naming.getLogGroupLogicalId(name));
    if (service.provider.tracing?.lambda) Statement.push(TRACE);
    Resources[source.role] = role(name, "lambda", Statement);
    for (const { schedule } of source.events) {
      if (schedule?.method !== "scheduler") continue;
      const roleId = `${naming.getNormalizedFunctionName(name)}ScheduleRole`;
      const Resource: Attribute = { "Fn::GetAtt": [naming.getLambdaLogicalId(name), "Arn"] };
      const invoke: Statement = { Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource };
      Resources[roleId] = role(name, "scheduler", [invoke], OF_THIS_ACCOUNT);
      schedule.roleArn = { "Fn::GetAtt": [roleId, "Arn"] };
    }
  }
}

// biome-ignore lint/style/noDefaultExport: the framework finds a plugin by its default export
export default FunctionRoles;
