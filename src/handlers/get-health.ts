import type { APIGatewayProxyResultV2 } from "aws-lambda";

/** `GET /health`: answers as long as the gateway and a Lambda do. */
export async function handler(): Promise<APIGatewayProxyResultV2> {
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ status: "ok" }),
  };
}
