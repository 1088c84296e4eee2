/**
 * Published schedules in which nobody meets twice: all of https://github.com/ne6toto/allocation-correctness (CC0; commit
 * f7ec52b) from 6 to 204 people, each checked here. They are the tables of A. Miller, I. Valkov and R. J. R. Abel,
 * Combinatorial Solutions to the Social Golfer Problem and the Social Golfer Problem with Adjacent Group Sizes, Symmetry
 * 2026, 18(2), 269, and of its forerunner, Symmetry 2021, 13(1), 13.
 */

export interface SeasonTarget {
  people: number;
  groups: number;
  rounds: number;
}

/** Group count: people = rounds. Group sizes differ by one at most. */
const PUBLISHED = `
  3: 6=5 7=3 8-9=4
  4: 8=7 9-14=4 15-16=5
  5: 10=9 11=5 15=7 16-23=5 24-25=6
  6: 18=8 19=6 24=7 25-27=5 28-30=6 31=2 32-36=3
  7: 21=10 28=9 29-42=7 49=8
  8: 24=11 25=8 26=7 32=10 33-48=8 56=8 64=9
  9: 27=13 36=11 37-54=9 63=9 72=9 81=10
  10: 30=14 40=13 41=9 42-48=8 49-50=9 51-60=7 70=7 80=5 90=5 100=4
  11: 33=16 44=14 45-66=11 77=11 88=11 99=12 110=11 121=12
  12: 36=17 48=15 49-71=12 72=13 84=7 96=6 108=6 120=6 132=6 144=7
  13: 39=19 52=17 53-59=13 60-63=15 64-65=16 66-78=13 91=13 104=13 117=13 130=13 143=13 169=14
  14: 42=20 56=18 57-80=14 81-82=9 83-84=10 98=9 112=8 126=7 140=5
  15: 45=22 60=19 61-73=15 74-75=16 76=15 77-85=14 86-90=10 105=9 120=17 135=7 150=5
  16: 48=23 64=21 65-96=16 112=16 128=17 144=16
  17: 51=25 68=22 69-79=17 80-83=20 84-85=21 86-102=17 119=17 136=17
  18: 54=26 72=23 73-106=18 107-108=19 126=10 144=6
  19: 57=28 76=25 77-114=19 133=19 171=19
  20: 60=29 80=26 81-98=20 99-100=21 101=20 102-115=19 116-120=13 140=5
  21: 63=31 84=27 85-99=21 100-103=25 104-105=26 106-119=21 120-124=24 125-126=25 147=7
  22: 66=32 88=29 89-110=19 111-132=14
  23: 69=34 92=29 93-138=23
  24: 72=35 96=31 97-115=24 116-120=29 121-142=24 143-144=25
  25: 75=37 100=33 101-119=25 120-123=30 124-125=31 126-150=25
  26: 78=38 104=34 105-130=26 131=22 132-149=15 150=30 156=15
  27: 81=40 108=35 109-150=27
  28: 84=41 112=37 113-150=28
  29: 87=43 116=38 117-144=29 145=36 146-150=29
  30: 90=44 120=39 121-144=30 145-148=35 149-150=36
  31: 93=46 124=41 125-150=31
  32: 96=47 128=42 129-150=32
  33: 99=49 132=43 133-150=33 165=41
  34: 102=50 136=45 137-150=34
  35: 105=52 140=45 141-150=35
  36: 108=53 144=47 145-150=36
  37: 111=55 148=49 149-150=37
  38: 114=56 152=50
  39: 117=58 156=51
  40: 120=59 160=53
  41: 123=61
  42: 126=62
  43: 129=64 172=57
  44: 132=65 176=58
  45: 135=67
  46: 138=68
  47: 141=70
  48: 144=71
  49: 147=73 196=65
  50: 150=74 200=65
  51: 153=76 204=67
  55: 165=82
  57: 171=85
  59: 177=88
  63: 189=94
  65: 195=97
`;

/** Returns the targets by number of people, then of groups. */
export function seasonTargets(): SeasonTarget[] {
  const targets = PUBLISHED.trim()
    .split("\n")
    .flatMap((line) => {
      const [groups, runs] = line.split(":");
      return runs
        .trim()
        .split(" ")
        .flatMap((run) => {
          const [people, rounds] = run.split("=");
          const [first, last = first] = people.split("-").map(Number);
          return Array.from({ length: last - first + 1 }, (_, i) => ({
            people: first + i,
            groups: Number(groups),
            rounds: Number(rounds),
          }));
        });
    });
  return targets.sort((a, b) => a.people - b.people || a.groups - b.groups);
}
