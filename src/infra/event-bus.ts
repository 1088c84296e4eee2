/** The stack's event bus, on which every notice goes out: rules of the account may send it on to anywhere. */
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { NoticeMessage } from "../domain/messages/notice-messages.ts";
import { eventBridge, names } from "./aws.ts";

const SOURCE = "tertulia";

/** Puts a notice on the bus, at least once; consumers know it by its `id`. */
export async function putEvent(message: NoticeMessage): Promise<void> {
  const { type, timestamp } = message;
  const entry = {
    Source: SOURCE,
    DetailType: type,
    Time: new Date(timestamp),
    Detail: JSON.stringify(message),
  };
  const put = new PutEventsCommand({ Entries: [{ EventBusName: names.noticesBus, ...entry }] });
  const { FailedEntryCount, Entries } = await eventBridge.send(put);
  if (FailedEntryCount) throw new Error(`EventBridge refused a notice: ${Entries?.[0].ErrorCode}`);
}
