import { problemsIn } from './testing/inspect.js';
import { qcow2, qcow2Extension, type Qcow2Fields } from './testing/headers.js';
import type { Problem } from './finding.js';

const externalDataName = 0x44_41_54_41;
const featureNames = 0x68_03_f8_57;

describe('a qcow2', () => {
  it.each<[string, Qcow2Fields, Problem[]]>([
    ['of version 3 is sound', {}, []],
    ['of version 2 is sound', { version: 2 }, []],
    ['with all known features but that of a data file is sound', { features: 0b11011n }, []],
    ['of version 1 is refused', { version: 1 }, ['unknown-version']],
    ['of version 4 is refused', { version: 4 }, ['unknown-version']],
    ['with a backing file is refused', { backingOffset: 0x200n }, ['backing-file']],
    ['of version 2 with a backing file is refused', { version: 2, backingOffset: 1n }, ['backing-file']],
    [
      'of version 1 with a backing file is refused for both',
      { version: 1, backingOffset: 1n },
      ['backing-file', 'unknown-version'],
    ],
    ['whose backing file is far away is refused', { backingOffset: 1n << 63n }, ['backing-file']],
    ['with an external data file is refused', { features: 0b100n }, ['external-data']],
    ['with the next feature bit is refused', { features: 1n << 5n }, ['unknown-features']],
    ['with the last feature bit is refused', { features: 1n << 63n }, ['unknown-features']],
    [
      'that only names an external data file is refused',
      { extensions: qcow2Extension(externalDataName, '/etc/shadow') },
      ['external-data'],
    ],
    [
      'that names one behind another extension is refused',
      {
        extensions: Buffer.concat([
          qcow2Extension(featureNames, 'x'.repeat(48)),
          qcow2Extension(externalDataName, 'd'),
        ]),
      },
      ['external-data'],
    ],
    [
      'of version 2 that names one is refused',
      { version: 2, extensions: qcow2Extension(externalDataName, 'd') },
      ['external-data'],
    ],
    ['with the names of its features is sound', { extensions: qcow2Extension(featureNames, 'x'.repeat(48)) }, []],
    ['that ends within its header is damaged', { length: 100 }, ['malformed']],
    ['of which there is the signature alone is refused', { length: 4 }, ['unknown-version']],
  ])('%s', (_title, fields, problems) => {
    expect(problemsIn(qcow2(fields))).toEqual(problems);
  });
});
