/* SPDX-License-Identifier: MIT */
/*
 * Most file systems tell letter case apart, and there nothing here is more than one look at the policy. The
 * folded policy is made when the first other one is met. Where folders differ, they are looked at
 * last: when nothing but a folded name would refuse.
 */
#include "launcher/judge.h"

#include <limits.h>
#include <string.h>

#include "common/clean.h"
#include "launcher/gitfolder.h"
#include "launcher/guard.h"
#include "launcher/volume.h"
#include "rules/explain.h"
#include "rules/letters.h"
#include "rules/plan.h"

/* Abstract sockets, pipes and the like have no name in a file system, and neither has a request. */
static enum letters letters_of(const struct event *event)
{
	if (!event->path || event->path[0] != '/' || ACTION_BIT(event->action) & ACTION_CONTENT)
		return LETTERS_MATTER;
	return event->place ? event->place->letters : LETTERS_IGNORED;
}

/* Whether a folded name counts for a place, of which its file system alone does not tell. */
static bool is_folded(const struct place *place)
{
	CLEAN_FD int folder = -1;

	if (!place || place->letters != LETTERS_BY_FOLDER)
		return !place || place->letters == LETTERS_IGNORED;
	folder = place_folder_open(place);
	return folder < 0 || volume_folder_folds(folder, volume_flags);
}

/* NULL when memory is short. */
static const struct policy *folded_policy(struct supervisor *supervisor)
{
	const struct policy *folded = atomic_load(&supervisor->folded);
	struct policy *made;

	if (folded)
		return folded;
	made = policy_fold(supervisor->policy);
	if (made && atomic_compare_exchange_strong(&supervisor->folded, &folded, made))
		return made;
	policy_free(made); /* another worker was quicker */
	return folded;
}

bool judge_by_guard(const struct supervisor *supervisor, const struct event *event,
		    struct decision *out_decision)
{
	struct event other = *event;
	char folded[PATH_MAX];

	if (guard_refuses(supervisor->guard, event, out_decision))
		return true;
	if (letters_of(event) == LETTERS_MATTER || strlen(event->path) >= sizeof(folded))
		return false;
	other.path = letters_fold_path(event->path, folded);
	return guard_refuses_folded(supervisor->guard, &other, out_decision) &&
	       is_folded(event->place);
}

/* By its name, and by the name that a git folder's content is known by: the stricter one holds. */
static void decide(const struct policy *policy, const struct event *event, struct decision *out)
{
	char alias[PATH_MAX];
	struct event other = *event;
	struct decision by_alias;

	policy_decide(policy, event, out);
	if (!event->in_git_folder || out->verdict >= VERDICT_DENY)
		return;
	other.path = gitfolder_alias(event->path, alias, LETTERS_MATTER);
	policy_decide(policy, &other, &by_alias);
	if (by_alias.verdict > out->verdict)
		*out = by_alias;
}

static bool refuses_folded(struct supervisor *supervisor, const struct event *event,
			   struct decision *out)
{
	const struct policy *policy = folded_policy(supervisor);
	struct event other = *event;
	char folded[PATH_MAX];
	char alias[PATH_MAX];

	if (!policy || strlen(event->path) >= sizeof(folded))
		return decision_refuse(out, "guard-letter-case",
				       "no memory to see whether letter case hides a name");
	other.path = letters_fold_path(event->path, folded);
	if (policy_refuses(policy, &other, out))
		return true;
	if (letters_has_short_name(folded) && letters_of(event) == LETTERS_IGNORED)
		return decision_refuse(
			out, "guard-short-name",
			"this file system may know another file by a name like this");
	if (!event->in_git_folder)
		return false;
	other.path = letters_fold_path(gitfolder_alias(event->path, alias, LETTERS_IGNORED),
				       folded);
	return policy_refuses(policy, &other, out);
}

void judge_by_policy(struct supervisor *supervisor, const struct event *event,
		     struct decision *out_decision)
{
	struct decision folded;

	decide(supervisor->policy, event, out_decision);
	if (letters_of(event) != LETTERS_MATTER && refuses_folded(supervisor, event, &folded) &&
	    folded.verdict > out_decision->verdict && is_folded(event->place))
		*out_decision = folded;
}

void judge_explain_folded(struct supervisor *supervisor, const struct event *event, FILE *out)
{
	const struct policy *policy;
	struct event other = *event;
	char folded[PATH_MAX];

	if (letters_of(event) == LETTERS_MATTER || !is_folded(event->place) ||
	    strlen(event->path) >= sizeof(folded))
		return;
	policy = folded_policy(supervisor);
	other.path = letters_fold_path(event->path, folded);
	(void)fprintf(out, "letter case does not count there; of its other spellings:\n");
	if (policy)
		policy_explain(policy, &other, out);
}

/* The name by which rules know what is below a place. */
static const char *name_of(const struct place *place, char alias[PATH_MAX], enum letters letters)
{
	return place->in_git_folder ? gitfolder_alias(place->path, alias, letters) : place->path;
}

static const char *folded_name_of(const struct place *place, char folded[PATH_MAX])
{
	char alias[PATH_MAX];

	return letters_fold_path(name_of(place, alias, LETTERS_IGNORED), folded);
}

bool judge_move(struct supervisor *supervisor, const struct place *from, const struct place *to)
{
	char names[2][PATH_MAX];
	const struct policy *folded;

	if (!policy_names_agree(supervisor->policy, name_of(from, names[0], LETTERS_MATTER),
				name_of(to, names[1], LETTERS_MATTER)))
		return false;
	if (from->letters == LETTERS_MATTER && to->letters == LETTERS_MATTER)
		return true;
	folded = folded_policy(supervisor);
	if (folded && policy_names_agree(folded, folded_name_of(from, names[0]),
					 folded_name_of(to, names[1])))
		return true;
	return !is_folded(from) && !is_folded(to);
}

bool judge_protects_below(struct supervisor *supervisor, const struct place *place)
{
	const struct policy *folded;
	char name[PATH_MAX];

	if (policy_protects_below(supervisor->policy, name_of(place, name, LETTERS_MATTER)))
		return true;
	if (place->letters == LETTERS_MATTER)
		return false;
	folded = folded_policy(supervisor);
	return (!folded || policy_protects_below(folded, folded_name_of(place, name))) &&
	       is_folded(place);
}
