// What a person reads when everything runs.
import { join, relative } from 'node:path';

/** `clouds`: who can log in, and where that is written; undefined when their tokens come from elsewhere. */
export function readyLines(stack, clouds, tellPassword) {
  const { url, dataDir, ports, pids, postgres } = stack;
  const row = (name, where, pid) => `  ${name.padEnd(11)} ${where.padEnd(26)} process ${pid}`;
  return [
    '',
    row('gateway', url, pids.gateway),
    row('catalog', `http://127.0.0.1:${ports.catalog}`, pids.catalog),
    row('membership', `http://127.0.0.1:${ports.membership}`, pids.membership),
    row('task-worker', `http://127.0.0.1:${ports['task-worker']}`, pids['task-worker']),
    row('audit', `http://127.0.0.1:${ports.audit}`, pids.audit),
    row('PostgreSQL', `127.0.0.1:${postgres.port}`, pids.postgres),
    `  data        ${dataDir} (images in blobs, logs in logs)`,
    '',
    ...(clouds === undefined ? [] : peopleLines(clouds, tellPassword)),
    `Ctrl-C stops it; logs: ${join(relative(process.cwd(), dataDir) || dataDir, 'logs')}`,
    `ready ${url}`,
  ];
}

/** Passwords are told only of the development users, whose passwords everybody knows. */
function peopleLines({ path: clouds, people }, tellPassword) {
  const width = Math.max(...people.map(({ cloud }) => cloud.length), 4);
  const env = `OS_CLIENT_CONFIG_FILE=${relative(process.cwd(), clouds) || clouds}`;
  return [
    `users${tellPassword ? ' (password "secret")' : ''}, each a cloud of ${clouds}:`,
    ...people.map(({ cloud, project, roles }) => `  ${cloud.padEnd(width)}  project ${project}, ${roles.join(', ')}`),
    '',
    'try, with python-openstackclient:',
    `  ${env} openstack --os-cloud demo image create --disk-format raw --container-format bare --file README.md first`,
    `  ${env} openstack --os-cloud demo image list`,
    '  npm run events -- image-<id>',
    '',
  ];
}
