import { get } from 'node:http';

// `node healthcheck.mjs PORT` ends with exit code 0 if the app at that port is ready. The image has no curl.
const port = Number(process.argv[2]);
const request = get({ port, path: '/health/ready', timeout: 2_500 }, (response) => {
  response.pipe(process.stdout);
  response.on('end', () => process.exit(response.statusCode === 200 ? 0 : 1));
});
request.on('timeout', () => request.destroy(new Error(`no answer at port ${port}`)));
request.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
