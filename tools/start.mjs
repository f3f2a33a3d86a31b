// `npm start`. This file runs on whatever Node the machine has, and says so when that is too old for the rest.
const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`npm start: this needs Node 20 or newer, and this is ${process.version} (${process.execPath})`);
  process.exit(1);
}
import('./launcher.mjs').then(({ launch }) => launch());
