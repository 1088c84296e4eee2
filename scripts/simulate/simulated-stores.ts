/** Tables in a database of their own; queue, bucket and clock are the simulation's. */
import { s3 } from "../../src/infra/aws.ts";
import { installClock } from "../../tests/simulation/clock.ts";
import { interceptS3 } from "../../tests/simulation/instances.ts";
import { type Stores, startTables } from "../../tests/stores.ts";

export async function startSimulatedStores(): Promise<Stores> {
  const stores = await startTables();
  process.env.GRADIENTS_QUEUE = "simulated";
  process.env.RATINGS_QUEUE = "simulated-ratings";
  process.env.SIGNALS_QUEUE = "simulated";
  process.env.NOTICES_BUS = "simulated";
  process.env.NOTICES_DEAD_LETTERS = "simulated";
  process.env.OBJECTS_BUCKET = "simulated";
  process.env.AWS_LAMBDA_LOG_LEVEL = "FATAL";
  console.error = () => {}; // handlers tell of the faults that they met
  installClock();
  interceptS3(s3);
  return stores;
}
