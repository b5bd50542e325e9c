// SPDX-License-Identifier: MIT
// clients.js URL...: gets each, one after the other, on a connection that is kept.
const agents = {};

function get(url) {
	const library = require(new URL(url).protocol === "https:" ? "https" : "http");
	agents[url.slice(0, 5)] ||= new library.Agent({ keepAlive: true, rejectUnauthorized: false });
	return new Promise((done) => {
		library.get(url, { agent: agents[url.slice(0, 5)] }, (answer) => {
			let text = "";
			answer.on("data", (bytes) => (text += bytes));
			answer.on("end", () => done(`${answer.statusCode} ${text}`));
		}).on("error", (error) => done(`${error.code} ${error.message}`));
	});
}

(async () => {
	for (const url of process.argv.slice(2)) {
		console.log(await get(url));
	}
	for (const agent of Object.values(agents)) {
		agent.destroy();
	}
})();
