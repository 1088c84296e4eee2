/**
 * A standard SQS queue with its dead-letter queue, in memory: a third of a seed's requests went to a queue server, and its
 * visibility timeout ran on a clock of its own. What counts is kept: any visible messages in any order, a new receipt handle
 * and one more on the receive count with each delivery, a dead letter past maxReceiveCount, deletes by the latest handle.
 * docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html
 */
import type {
  ChangeMessageVisibilityBatchCommandInput,
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
  SendMessageCommandInput,
} from "@aws-sdk/client-sqs";
import type { Delivered } from "../fixtures/events.ts";
import type { RandomSource } from "./random-source.ts";

/** As in serverless.yml. */
const RECEIVES_MAX = 8;

interface Message extends Delivered {
  isVisible: boolean;
}

export class SimulatedQueue {
  private readonly random: RandomSource;
  private messages: Message[] = [];
  readonly deadLetters: Delivered[] = [];
  /** Delayed messages that ask for a commit. They only make it prompt, so most of them may go lost. */
  readonly signals: Delivered[] = [];
  private sentCount = 0;

  constructor(random: RandomSource) {
    this.random = random;
  }

  get isEmpty(): boolean {
    return this.messages.length === 0;
  }

  get visibleCount(): number {
    return this.messages.filter((message) => message.isVisible).length;
  }

  /** Received and not deleted. */
  get invisible(): readonly Delivered[] {
    return this.messages.filter((message) => !message.isVisible);
  }

  /** Puts a body on the queue; returns the message's id. */
  put(body: string): string {
    this.sentCount++;
    const messageId = `message-${this.sentCount}`;
    this.messages.push({ messageId, receiptHandle: "", body, receiveCount: 0, isVisible: true });
    return messageId;
  }

  /** SendMessageBatch. */
  send(input: SendMessageBatchCommandInput): Omit<SendMessageBatchCommandOutput, "$metadata"> {
    const Successful = (input.Entries ?? []).map(({ Id, MessageBody }) => {
      return { Id, MessageId: this.put(MessageBody!), MD5OfMessageBody: "" };
    });
    return { Successful, Failed: [] };
  }

  /** SendMessage. */
  signal({ MessageBody }: SendMessageCommandInput): object {
    const messageId = `signal-${this.signals.length + 1}`;
    this.signals.push({ messageId, receiptHandle: messageId, body: MessageBody!, receiveCount: 1 });
    return { MessageId: messageId };
  }

  /** Up to `countMax` visible messages; one that was received too often goes to the dead letters instead. */
  receive(countMax: number): Delivered[] {
    const received: Delivered[] = [];
    for (const message of this.random.shuffled(this.messages)) {
      if (received.length === countMax) break;
      if (!message.isVisible) continue;
      if (message.receiveCount === RECEIVES_MAX) {
        this.messages = this.messages.filter((other) => other !== message);
        this.deadLetters.push(message);
        continue;
      }
      message.isVisible = false;
      message.receiveCount++;
      message.receiptHandle = `${message.messageId}-${message.receiveCount}`;
      received.push({ ...message });
    }
    return received;
  }

  /** Deletes messages. One that was received again since belongs to its later receiver, and stays. */
  delete(messages: readonly Delivered[]): void {
    const handles = new Set(messages.map((message) => message.receiptHandle));
    this.messages = this.messages.filter((message) => !handles.has(message.receiptHandle));
  }

  /** ChangeMessageVisibilityBatch. A message that was received again since belongs to its later receiver. */
  bringBack({ Entries = [] }: ChangeMessageVisibilityBatchCommandInput): object {
    const handles = new Set(Entries.map((entry) => entry.ReceiptHandle));
    for (const message of this.messages) if (handles.has(message.receiptHandle)) message.isVisible = true;
    return { Successful: [], Failed: [] };
  }

  /** Ends the visibility timeout of a message. */
  expire({ messageId }: Delivered): void {
    for (const message of this.messages) if (message.messageId === messageId) message.isVisible = true;
  }
}
