/* SPDX-License-Identifier: MIT */
/*
 * What the layers ask of a policy: which of them can enforce what, and what must be known beforehand.
 */
#ifndef AGENTOS_RULES_PLAN_H
#define AGENTOS_RULES_PLAN_H

#include "rules/policy.h"

/**
 * policy_needs_image_integrity() - whether a verdict depends on who acts
 *
 * Return: whether any rule looks at arguments or at the acting program (of execute alone, `program`
 * is the file that runs, and no matter of who acts). Then no agent process may write another's
 * memory, and exec must always be verified.
 */
bool policy_needs_image_integrity(const struct policy *policy);

/**
 * policy_looks_at() - whether a decision depends on who or when, which costs something to find out
 * @field: "program", "pid", "uid" or "hour"
 *
 * Return: whether a rule looks at it, in a key, a condition or what its limit counts apart.
 */
bool policy_looks_at(const struct policy *policy, const char *field);

/**
 * policy_execute_is_static() - whether Landlock alone can decide the execute class
 *
 * Return: whether `execute` has only granting rules that are whole trees (what is granted as one
 * file may be a folder, below which Landlock would grant all), so that the trees of policy_trees()
 * decide exactly as the rules do. Programs without a name on disk are in no tree, and Landlock does
 * not look at them.
 */
bool policy_execute_is_static(const struct policy *policy);

/**
 * policy_needs_content() - whether a rule of the user's is about content, and does not just allow it
 * @actions:  ACTION_BITs of the contents that are meant
 * @out_rule: written only then: its name and place
 *
 * The built-in policies are left out: the banner of a run names what they say that nobody enforces.
 * So are rules that are about content only because they say nothing of the action.
 */
bool policy_needs_content(const struct policy *policy, unsigned actions, struct decision *out_rule);

/* What rules say of the contents that are sent to a peer: ACTION_BITs. */
struct policy_concern {
	unsigned actions; /* about which a rule could do more than allow */
	unsigned
		demanded; /* of these, what must be seen: a rule about them does not say `inspect: trust` */
	unsigned named; /* of these, what a rule says that names the peer, by its host or port */
};

/**
 * policy_concerns() - which content actions rules are about at a peer
 * @peer: host (NULL: none is known), ip, port and protocol
 * @out:  what is there already stays: a peer may have several names
 *
 * What is sent to a peer of which no rule is about anything need not be looked at.
 */
void policy_concerns(const struct policy *policy, const struct event *peer,
		     struct policy_concern *out);

/**
 * policy_content_actions() - which contents the policy says more about than that they are granted
 *
 * Of all its files, the built-in ones too: nobody decides about these in a run of this version.
 *
 * Return: ACTION_BITs.
 */
unsigned policy_content_actions(const struct policy *policy);

/** policy_reads_output() - whether a rule looks at what is printed, rather than at where it goes. */
bool policy_reads_output(const struct policy *policy);

typedef int policy_tree_fn(const char *path, bool is_exact, void *data);

/**
 * policy_trees() - the trees that granting rules of @action could touch
 * @visit: called for each: @path is an existing or not existing absolute path, literal;
 *         @is_exact says that the rule grants that path and all below it (nothing was cut at a
 *         wildcard); returning non-zero ends the walk
 *
 * This is a hull: nothing outside these trees is ever granted.
 *
 * Return: 0, or what @visit returned.
 */
int policy_trees(const struct policy *policy, enum action action, policy_tree_fn *visit,
		 void *data);

/**
 * policy_tree_is_clean() - whether a tree can be left to Landlock
 *
 * Return: whether @action is granted for @path and everything below it, today and
 * for names that do not exist yet, by every rule there is, and none wants it flagged (audit).
 */
bool policy_tree_is_clean(const struct policy *policy, enum action action, const char *path);

/**
 * policy_names_agree() - whether two names are alike to every refusing rule
 * @from, @to: absolute resolved paths of a directory before and after a rename
 *
 * A refusing pattern such as "(any)/.git/hooks/" sees a different thing below @from than
 * below @to when the rename adds or takes away a name that the pattern speaks of.
 *
 * Return: whether every refusing file rule would judge each possible name
 * below @from as it judges the same name below @to. In doubt, false.
 */
bool policy_names_agree(const struct policy *policy, const char *from, const char *to);

/**
 * policy_protects_below() - whether a refusing rule speaks of names below just this one
 * @path: absolute, resolved
 *
 * Such as "/w/.git" for a rule on "(any)/.git/hooks/": a symbolic link of this name would let
 * others find under it what was written under names that nobody protects.
 *
 * Return: whether some refusing file rule sees names below @path otherwise than names below
 * another entry of the same directory.
 */
bool policy_protects_below(const struct policy *policy, const char *path);

typedef int policy_host_fn(const char *host, void *data);

/**
 * policy_hosts() - the literal host names in rules about connect, granting or refusing, and in
 * their exceptions: without an address, none of them could ever match
 * @visit: called once for each name (no wildcards, no addresses); non-zero ends the walk
 *
 * Return: 0, or what @visit returned.
 */
int policy_hosts(const struct policy *policy, policy_host_fn *visit, void *data);

#endif
