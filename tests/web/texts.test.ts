import { expect, test } from "@jest/globals";
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { SETTING_EXPLANATIONS } from "../../src/web/texts/settings.ts";

/** Neither is one field: the cadence has a form of its own, an experiment is made by the API. */
const WITHOUT_FIELD = ["cadence", "experiment"];

test("the console explains every setting that it shows, and none that there is not", () => {
  const names = Object.keys(DEFAULT_SETTINGS).filter((name) => !WITHOUT_FIELD.includes(name));
  expect(Object.keys(SETTING_EXPLANATIONS).toSorted()).toEqual(names.toSorted());
});
