import { expect, test } from "@jest/globals";
import { type CsvPiece, readCsvPiece } from "../../../../src/handlers/steps/imports/csv-piece.ts";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const whole = (text: string) => readCsvPiece(bytes(text), 1, true) as CsvPiece;
const told = ({ lines }: CsvPiece) =>
  lines.map(({ line, fields }) => [line, "reason" in fields ? fields.reason : fields]);

test("fields may be quoted, hold commas, quotes and line ends, and lines have the numbers where they begin", () => {
  const piece = whole('a,"b, c"\r\n\r\n"x\r\ny","say ""hi"""\n3,4');
  expect(told(piece)).toEqual([
    [1, ["a", "b, c"]],
    [3, ["x\r\ny", 'say "hi"']],
    [5, ["3", "4"]],
  ]);
  expect(piece).toMatchObject({ byteCount: 35, lineEnds: 4 });
});

test("a line that is no CSV is rejected alone", () => {
  expect(told(whole('1,a\n2,"b"c\n3,c"d\n4,e\n5,"never closed\n6,f\n'))).toEqual([
    [1, ["1", "a"]],
    [2, "has a quote in the middle of a field"],
    [3, "has a quote in the middle of a field"],
    [4, ["4", "e"]],
    [5, "has a quote that is not closed"],
    [6, ["6", "f"]],
  ]);
});

test("what a piece has no end of is left to the next one, wherever it was cut", () => {
  const text = 'id,title\n1,"two\nlines"\n\n2,plain\n3,"a ""b"""\n';
  const expected = told(whole(text));
  for (let cut = 9; cut < text.length; cut++) {
    const first = readCsvPiece(bytes(text.slice(0, cut)), 1, false) as CsvPiece;
    const rest = bytes(text).subarray(first.byteCount);
    const second = readCsvPiece(rest, 1 + first.lineEnds, true) as CsvPiece;
    expect([cut, ...told(first), ...told(second)]).toEqual([cut, ...expected]);
  }
});

test("a line without an end, and bytes that are no text, are faults of the file", () => {
  const fault = { fault: expect.stringContaining("line 8 is longer than 65536 bytes") };
  expect(readCsvPiece(bytes(",".repeat(70_000)), 8, false)).toEqual(fault);
  expect(readCsvPiece(bytes(`"${"a\n".repeat(70_000)}`), 8, false)).toEqual(fault);
  expect(readCsvPiece(bytes("a,b\n1,\0\n"), 1, true)).toEqual({
    fault: "the file has bytes that are no text in UTF-8",
  });
});
