/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/print.h"
#include "audit/proof.h"
#include "audit/state.h"
#include "cli/audit.h"
#include "cli/json.h"

int audit_prove(struct reader *reader, struct audit_request *request, struct fault *fault)
{
	json_t *proof = NULL;
	int r = proof_make(reader, request->seq, &proof, fault);

	return r < 0 ? r : json_print(proof);
}

/* The keys to believe: those of this host when no other is named. */
static int keys_believed(const struct audit_request *request, struct keys_known *out,
			 struct fault *fault)
{
	char folder[PATH_MAX];
	int r;

	*out = request->known;
	if (out->count > 0)
		return 0;
	r = state_path("keys", folder);
	if (r < 0)
		return fault_set(fault, r,
				 "cannot find the keys: HOME is not set; hint: --key KEY");
	keys_read_known(folder, out);
	return 0;
}

static int finding_print(const struct row *row, const struct seal *seal, bool json)
{
	char key[2 * KEYS_PUBLIC_SIZE + 1];

	(void)bytes_to_hex(seal->key, sizeof(seal->key), key);
	if (json)
		return json_print(json_pack("{s:b, s:s, s:I, s:I, s:s}", "good", 1, "table",
					    row_layouts[row->table].table, "seq",
					    (json_int_t)row->seq, "sealed", (json_int_t)seal->rows,
					    "key", key));
	printf("good: row %" PRId64 " is one of %" PRId64 " that are sealed with %s\n", row->seq,
	       seal->rows, key);
	return print_fields(row, stdout);
}

int audit_verify_proof(struct audit_request *request, struct fault *fault)
{
	const char *file = request->proof;
	struct keys_known known;
	json_error_t error;
	struct seal seal;
	struct row row;
	json_t *proof;
	int r = keys_believed(request, &known, fault);

	if (r < 0)
		return r;
	proof = strcmp(file, "-") == 0 ? json_loadf(stdin, JSON_ALLOW_NUL, &error)
				       : json_load_file(file, JSON_ALLOW_NUL, &error);
	if (!proof)
		return fault_set(fault, -EINVAL, "cannot read the proof: '%s': %s", file,
				 error.text);
	r = proof_check(proof, &known, &row, &seal, fault);
	if (r == 0)
		r = finding_print(&row, &seal, request->json);
	else if (request->json)
		r = json_print(json_pack("{s:b, s:s}", "good", 0, "reason", fault->text)) < 0 ? -EIO
											      : 1;
	else
		r = printf("wrong: %s\n", fault->text) < 0 ? -EIO : 1;
	json_decref(proof);
	return r;
}
