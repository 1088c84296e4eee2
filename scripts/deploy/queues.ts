// The deployed queues, seen as an operator sees them: how many messages wait, are in hand, or are dead.
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { REGION } from "./ministack.ts";

export type Queues = ReturnType<typeof openQueues>;

export function openQueues(endpoint: string) {
  const sqs = new SQSClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });

  /** CloudFormation names a queue <stack>-<logical id>-<random>. */
  async function urlOf(logicalId: string): Promise<string> {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const url = QueueUrls.find((each) => each.includes(`-${logicalId}-`));
    if (!url) throw new Error(`No queue ${logicalId} among ${QueueUrls.join(", ")}`);
    return url;
  }

  return {
    /** Messages of a queue, those that a consumer holds or whose time has not come included. */
    async depth(logicalId: string): Promise<number> {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: await urlOf(logicalId), AttributeNames: ["All"] }),
      );
      return (
        Number(Attributes.ApproximateNumberOfMessages) +
        Number(Attributes.ApproximateNumberOfMessagesNotVisible) +
        Number(Attributes.ApproximateNumberOfMessagesDelayed)
      );
    },
    async send(logicalId: string, body: string): Promise<void> {
      await sqs.send(new SendMessageCommand({ QueueUrl: await urlOf(logicalId), MessageBody: body }));
    },
    stop: () => sqs.destroy(),
  };
}
