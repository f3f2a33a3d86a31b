import { entryOf } from '../ledger/arrival.js';
import { renamed } from '../testing/given.js';
import { Spans } from './spans.js';

const [first, second, third] = [1, 2, 3].map((version) => entryOf(renamed(version), version));

describe('the spans of a batch', () => {
  it('follow each other: only the last is open, and what was open before the batch ends with its first', () => {
    const spans = new Spans<string>();
    spans.follow(['a'], first!, 'one');
    spans.follow(['b'], second!, 'other');
    spans.follow(['a'], third!, 'two');
    expect(spans.closed).toEqual([
      { key: ['a'], at: first!.time },
      { key: ['b'], at: second!.time },
    ]);
    expect(spans.spans).toEqual([
      { version: 1, from: first!.time, to: third!.time, is: 'one' },
      { version: 2, from: second!.time, to: 'infinity', is: 'other' },
      { version: 3, from: third!.time, to: 'infinity', is: 'two' },
    ]);
  });

  it('end with what is no more, and begin again', () => {
    const spans = new Spans<string>();
    spans.follow(['a', 'm'], first!, 'member');
    spans.follow(['a', 'm'], second!, null);
    spans.follow(['a', 'm'], third!, 'again');
    expect(spans.spans.map(({ from, to }) => [from, to])).toEqual([
      [first!.time, second!.time],
      [third!.time, 'infinity'],
    ]);
    expect(spans.closed).toHaveLength(1);
  });

  it('of names that only look alike are apart', () => {
    const spans = new Spans<string>();
    spans.follow(['a', 'b c'], first!, 'x');
    spans.follow(['a b', 'c'], second!, 'y');
    expect(spans.spans.map(({ to }) => to)).toEqual(['infinity', 'infinity']);
  });
});
