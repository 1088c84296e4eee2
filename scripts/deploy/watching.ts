// What watches the deployed stack: its alarms and its dashboard, read from CloudWatch by its JSON protocol.
import { REGION } from "./ministack.ts";
import { resourcesOf } from "./stack.ts";

type Alarm = { AlarmName: string; AlarmActions: string[] };

async function callCloudWatch<Output>(endpoint: string, action: string, input: object): Promise<Output> {
  const credential = `Credential=test/20250101/${REGION}/monitoring/aws4_request`;
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=unchecked`,
      "x-amz-date": "20250101T000000Z",
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `GraniteServiceVersion20100801.${action}`,
    },
    body: JSON.stringify(input),
  });
  if (!response.ok)
    throw new Error(`CloudWatch answers ${response.status} to ${action}: ${await response.text()}`);
  return (await response.json()) as Output;
}

/** Fails unless each alarm of the template is there and writes to the topic, and the dashboard is JSON with widgets. */
export async function checkWatching(endpoint: string, dashboard: string): Promise<void> {
  const { MetricAlarms } = await callCloudWatch<{ MetricAlarms: Alarm[] }>(endpoint, "DescribeAlarms", {});
  for (const id of await resourcesOf("AWS::CloudWatch::Alarm")) {
    const alarm = MetricAlarms.find(({ AlarmName }) => AlarmName.includes(`-${id}-`));
    if (!alarm?.AlarmActions[0]?.includes("AlarmTopic"))
      throw new Error(`${id}: ${JSON.stringify(alarm)} among ${MetricAlarms.length} alarms`);
  }
  const { DashboardBody } = await callCloudWatch<{ DashboardBody: string }>(endpoint, "GetDashboard", {
    DashboardName: dashboard,
  });
  const { widgets } = JSON.parse(DashboardBody) as { widgets: unknown[] };
  if (widgets.length === 0 || DashboardBody.includes("${"))
    throw new Error(`The dashboard is ${DashboardBody}`);
}
