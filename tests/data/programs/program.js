// SPDX-License-Identifier: MIT
// Node's fs (synchronous, callbacks, promises, watch), child_process, worker_threads and http.
'use strict';
const { execFileSync, execSync, fork, spawn } = require('child_process');
const fs = require('fs');
const http = require('http');
const net = require('net');
const path = require('path');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

async function files() {
  fs.mkdirSync('a/b', { recursive: true });
  fs.writeFileSync('a/b/f', 'text');
  fs.appendFileSync('a/b/f', ' more');
  console.log(fs.readFileSync('a/b/f', 'utf8'), fs.readdirSync('a/b'));
  await fs.promises.copyFile('a/b/f', 'copy');
  await fs.promises.rename('copy', 'renamed');
  await fs.promises.symlink('renamed', 'link');
  console.log(await fs.promises.readFile('link', 'utf8'), await fs.promises.realpath('link') ===
    path.resolve('renamed'));
  await Promise.all([...Array(50).keys()].map((n) => fs.promises.writeFile(`n${n}`, String(n))));
  const texts = await Promise.all([...Array(50).keys()].map((n) => fs.promises.readFile(`n${n}`, 'utf8')));
  console.log(texts.reduce((sum, text) => sum + Number(text), 0));
  await Promise.all([...Array(50).keys()].map((n) => fs.promises.unlink(`n${n}`)));
  try { fs.readFileSync('missing'); } catch (e) { console.log(e.code); }
  try { fs.mkdirSync('a'); } catch (e) { console.log(e.code); }
  await new Promise((resolve) => {
    const watcher = fs.watch('a', () => { watcher.close(); resolve(); });
    fs.writeFileSync('a/watched', '');
  });
  fs.rmSync('a', { recursive: true });
  const stream = fs.createWriteStream('stream');
  for (let i = 0; i < 1000; i++) stream.write(`line ${i}\n`);
  await new Promise((resolve) => stream.end(resolve));
  console.log(fs.statSync('stream').size, fs.readdirSync('.').sort());
}

async function children() {
  console.log(execFileSync('echo', ['file']).toString().trim());
  console.log(execSync('echo shell | tr a-z A-Z').toString().trim());
  const child = spawn('sort');
  let out = '';
  child.stdout.on('data', (data) => { out += data; });
  child.stdin.end('b\na\n');
  console.log(await new Promise((resolve) => child.on('close', resolve)), JSON.stringify(out));
  const missing = spawn('no-such-program');
  console.log(await new Promise((resolve) => missing.on('error', (e) => resolve(e.code))));
  const forked = fork(__filename, ['child']);
  forked.send({ n: 20 });
  const answer = await new Promise((resolve) => forked.on('message', resolve));
  console.log(answer, await new Promise((resolve) => forked.on('close', resolve)));
  const killed = spawn('sleep', ['30']);
  killed.kill('SIGTERM');
  console.log(await new Promise((resolve) => killed.on('close', (code, signal) => resolve(signal))));
}

async function workers() {
  const answers = await Promise.all([1, 2, 3, 4].map((n) => new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: n });
    worker.on('message', resolve);
    worker.on('error', reject);
  })));
  console.log(answers);
}

async function network() {
  const server = http.createServer((request, response) => {
    let size = 0;
    request.on('data', (data) => { size += data.length; });
    request.on('end', () => response.end(`${request.url} ${size}`));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = server.address().port;
  const post = (size) => new Promise((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', path: `/${size}`, method: 'POST' },
      (response) => {
        let text = '';
        response.on('data', (data) => { text += data; });
        response.on('end', () => resolve(text));
      });
    request.on('error', reject);
    request.end('x'.repeat(size));
  });
  console.log(await Promise.all([0, 1, 100000].map(post)));
  server.close();
  const local = net.createServer((socket) => socket.end('unix'));
  await new Promise((resolve) => local.listen('socket', resolve));
  const text = await new Promise((resolve) => {
    net.connect('socket').on('data', (data) => resolve(data.toString()));
  });
  local.close();
  console.log(text);
}

async function main() {
  await files();
  await children();
  await workers();
  await network();
}

if (!isMainThread) {
  fs.writeFileSync(`worker${workerData}`, 'x'.repeat(workerData));
  parentPort.postMessage(fs.statSync(`worker${workerData}`).size);
} else if (process.argv[2] === 'child') {
  process.on('message', ({ n }) => {
    process.send(n + 1);
    process.disconnect();
  });
} else {
  main().catch((e) => { console.error(e); process.exit(1); });
}
