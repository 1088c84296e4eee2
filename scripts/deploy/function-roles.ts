// A serverless plugin: each function gets a role of its own that may write its log, send traces, read the sources of
// its events, and do what the grants say that it lists under `may` in serverless.yml; nothing else.
// serverless-iam-roles-per-function leaves tracing out of the roles it makes, so AWS refuses the functions ("role does
// not have permissions to call PutTraceSegments on XRAY"), and lets all functions without grants share every right.

type Attribute = { "Fn::GetAtt": [logicalId: string, attribute: string] };
type Statement = { Effect: "Allow"; Action: string[]; Resource: Attribute | "*" };
type Grant = Record<string, string[]>;

type FunctionEvent = {
  sqs?: { arn: Attribute };
  stream?: { arn: Attribute; destinations?: { onFailure: { arn: Attribute } } };
};

type ServerlessFunction = { may?: string[]; role?: string; events: FunctionEvent[] };

type Serverless = {
  service: {
    custom: { may: Record<string, Grant> };
    provider: { compiledCloudFormationTemplate: { Resources: Record<string, object> } };
    getAllFunctions(): string[];
    getFunction(name: string): ServerlessFunction;
  };
  configSchemaHandler: { defineFunctionProperties(provider: "aws", schema: object): void };
  getProvider(name: "aws"): {
    naming: { getNormalizedFunctionName(name: string): string; getLogGroupLogicalId(name: string): string };
  };
};

const RECEIVE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
const READ_STREAM = ["GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"].map(
  (action) => `dynamodb:${action}`,
);

const LAMBDA_ASSUMES = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
};

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
    for (const [logicalId, actions] of Object.entries(grant)) allow(logicalId, "Arn", actions);
  }
  return allowed;
}

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
    // X-Ray knows no resource: docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    { Effect: "Allow", Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource: "*" },
  ];
  for (const [key, actions] of actionsByAttribute(source, grants)) {
    const [logicalId, attribute] = key.split(".");
    statements.push({
      Effect: "Allow",
      Action: [...actions],
      Resource: { "Fn::GetAtt": [logicalId, attribute] },
    });
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
  for (const name of service.getAllFunctions()) {
    const source = service.getFunction(name);
    source.role = `${naming.getNormalizedFunctionName(name)}Role`;
    const Statement = statementsOf(source, service.custom.may, naming.getLogGroupLogicalId(name));
    service.provider.compiledCloudFormationTemplate.Resources[source.role] = {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: LAMBDA_ASSUMES,
        Policies: [{ PolicyName: name, PolicyDocument: { Version: "2012-10-17", Statement } }],
      },
    };
  }
}

// biome-ignore lint/style/noDefaultExport: the framework finds a plugin by its default export
export default FunctionRoles;
