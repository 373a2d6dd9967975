// A first sync with @octokit/rest and better-sqlite3: sync.mjs BASE OWNER REPOSITORY DATABASE
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const { Octokit } = await import(require.resolve("@octokit/rest"));
const Database = require("better-sqlite3");

const [baseUrl, owner, repo, path] = process.argv.slice(2);
const octokit = new Octokit({ baseUrl, auth: "t0ken" });
const db = new Database(path);
db.pragma("journal_mode = WAL");
db.exec(`CREATE TABLE item (id INTEGER PRIMARY KEY, number, title, state, author, created, updated, closed);
  CREATE TABLE label (item, name)`);
const item = db.prepare("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
const label = db.prepare("INSERT INTO label VALUES (?, ?)");
const store = db.transaction((page) => {
  for (const i of page) {
    if (i.pull_request) continue;
    item.run(i.id, i.number, i.title, i.state, i.user?.login, i.created_at, i.updated_at, i.closed_at);
    for (const l of i.labels) label.run(i.id, l.name);
  }
});
const pages = octokit.paginate.iterator(octokit.rest.issues.listForRepo, { owner, repo, state: "all", per_page: 100 });
for await (const { data } of pages) store(data);
console.log(db.prepare("SELECT count(*) AS n FROM item").get().n, "issues");
