/** What helper/serverless.yml tells its functions. */
import { environment } from "../../../src/infra/aws.ts";

export const settings = {
  get helperTable() {
    return environment("HELPER_TABLE");
  },
  /** The key that the leader signs its calls with. */
  get leaderKey() {
    return environment("LEADER_KEY");
  },
  /** Of accepted reports in a sum; of fewer no sum is ever told. */
  get reportsMin() {
    return Math.max(2, Number(environment("REPORTS_MIN")));
  },
  /** How long a member's key is known before its reports count. */
  get keyAgeMinMs() {
    return Number(environment("KEY_AGE_HOURS")) * 3_600_000;
  },
  get sumRetentionMs() {
    return Number(environment("RETENTION_DAYS")) * 86_400_000;
  },
};
