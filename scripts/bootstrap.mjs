// Runs a TypeScript entry of this repository: installs the dependencies if they are absent or old, then goes on
// under Node 24. Plain JavaScript without dependencies, as it runs on whatever Node (18 or later) there is.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '..', '..');
const modules = join(root, 'node_modules');
const bin = join(modules, '.bin');
const stamp = join(modules, '.tributary-lockfile');
const lock = join(root, '.tributary', 'install.lock');
const neededMajor = 24;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) fail('usage: node scripts/bootstrap.mjs <entry.ts> [arguments]', 2);
await install();
await run(findNode(), [resolve(root, entry), ...args]);

function lockfileHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfileHash();
}

async function install() {
  if (isInstalled()) return;
  await acquireLock();
  try {
    if (isInstalled()) return; // by the run that held the lock
    rmSync(stamp, { force: true });
    await withProgress('Installing dependencies', npmCi);
    writeFileSync(stamp, lockfileHash());
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** The output is kept back, within bounds, and its beginning shown only when npm fails. */
async function npmCi() {
  const flags = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const child = spawn('npm', flags, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (output += chunk.toString().slice(0, 64_000 - output.length)));
  }
  const stop = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, stop);
  const { code, signal, error } = await ended(child);
  for (const each of signals) process.removeListener(each, stop);
  if (code === 0) return;
  rmSync(lock, { recursive: true, force: true });
  if (signal)
    fail(`npm ci was stopped by ${signal}; run this again to install.`, 128 + constants.signals[signal]);
  const why = error === undefined ? `failed with code ${code}` : `could not be started: ${error.message}`;
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/.test(output);
  const remedy = offline
    ? 'The npm registry was not reached: check the network, a proxy (npm config get https-proxy) or a mirror (npm config get registry), then run this again.'
    : 'Mend what npm says above (npm comes with Node.js), then run this again.';
  fail(`${output.trim().split('\n').slice(0, 30).join('\n')}\n\nnpm ci ${why}. ${remedy}`, 1);
}

/** Two runs at once would delete each other's node_modules: the second waits for the first. */
async function acquireLock() {
  mkdirSync(join(root, '.tributary'), { recursive: true });
  for (let told = false; ;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (lockIsStale()) {
      // Whoever renames it owns its removal; the others fail to and look again.
      const aside = `${lock}.${process.pid}`;
      try {
        renameSync(lock, aside);
        rmSync(aside, { recursive: true, force: true });
      } catch (error) {
        if (error.code !== 'ENOENT') throw error;
      }
      continue;
    }
    if (!told) process.stderr.write('Another run is installing the dependencies; waiting for it.\n');
    told = true;
    await new Promise((wake) => setTimeout(wake, 200));
  }
}

function lockIsStale() {
  let pid;
  try {
    pid = Number(readFileSync(join(lock, 'pid'), 'utf8'));
  } catch {
    // Not written yet, unless its maker died in between.
    const made = statSync(lock, { throwIfNoEntry: false });
    return made !== undefined && Date.now() - made.mtimeMs > 5000;
  }
  if (pid === 0) return false; // being written
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

async function withProgress(title, work) {
  const { stderr } = process;
  const startedAt = Date.now();
  const line = () => `${title} … ${Math.round((Date.now() - startedAt) / 1000)} s`;
  stderr.write(stderr.isTTY ? line() : `${title}\n`);
  const timer = setInterval(() => stderr.isTTY && stderr.write(`\r${line()}`), 1000);
  try {
    await work();
  } finally {
    clearInterval(timer);
    if (stderr.isTTY) stderr.write(`\r${line()}\n`);
  }
}

function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= neededMajor) return process.execPath;
  const packaged = join(bin, 'node');
  if (existsSync(packaged)) return packaged;
  return fail(
    `Node.js ${neededMajor} or later is needed. The npm packages that carry it are for Linux on x86-64 and arm64; ` +
      `on ${process.platform} ${process.arch} install it from https://nodejs.org and run this again with it.`,
    1,
  );
}

/** Runs the entry in our place: same terminal, our signals passed on, its exit code ours. */
async function run(node, nodeArgs) {
  const env = { ...process.env, PATH: [bin, process.env.PATH].filter(Boolean).join(delimiter) };
  const child = spawn(node, nodeArgs, { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to both of us: passed on, it would arrive twice.
  const forward = (signal) => {
    if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  const { code, signal, error } = await ended(child);
  if (error !== undefined) fail(`${node} could not be started: ${error.message}`, 1);
  process.exit(signal ? 128 + constants.signals[signal] : code);
}

function ended(child) {
  return new Promise((done) => {
    child.once('error', (error) => done({ error }));
    child.once('close', (code, signal) => done({ code, signal }));
  });
}

function fail(message, code) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
