/* SPDX-License-Identifier: MIT */
#include "rules/detect.h"

#include <string.h>

#include "rules/detect_scan.h"

static const char *const names[DETECTOR_COUNT] = {
	[DETECTOR_CARD] = "card",   [DETECTOR_IBAN] = "iban",	[DETECTOR_SSN] = "ssn",
	[DETECTOR_EMAIL] = "email", [DETECTOR_PHONE] = "phone", [DETECTOR_CLOUD_KEY] = "cloud_key",
};

static detect_fn *const begins[DETECTOR_COUNT] = {
	[DETECTOR_CARD] = detect_card,	 [DETECTOR_IBAN] = detect_iban,
	[DETECTOR_SSN] = detect_ssn,	 [DETECTOR_EMAIL] = detect_email,
	[DETECTOR_PHONE] = detect_phone, [DETECTOR_CLOUD_KEY] = detect_cloud_key,
};

const char *const *detector_names(void)
{
	return names;
}

bool detector_parse(const char *word, enum detector *out)
{
	for (int i = 0; i < DETECTOR_COUNT; i++) {
		if (strcmp(names[i], word) != 0)
			continue;
		*out = (enum detector)i;
		return true;
	}
	return false;
}

static bool detect_one(detect_fn *begins_at, struct text text)
{
	for (size_t at = 0; at < text.size; at++)
		if (begins_at(text, at))
			return true;
	return false;
}

bool detect(unsigned detectors, struct text text)
{
	for (int i = 0; i < DETECTOR_COUNT && text.bytes; i++)
		if (detectors & DETECTOR_BIT(i) && detect_one(begins[i], text))
			return true;
	return false;
}

/*
 * A detector says where its data begins. It ends at the first byte after which the detector would be content
 * with the text cut there; what goes on without a blank belongs to it as well.
 */

#define FIRST_MAX 512 /* bytes of the longest that has to be seen before a detector is content */

static size_t end_of_private_key(struct text text, size_t at)
{
	static const char end[] = "-----END ";
	const char *found = memmem(text.bytes + at, text.size - at, end, sizeof(end) - 1);
	const char *dashes;

	if (!found)
		return text.size;
	found += sizeof(end) - 1;
	dashes = memmem(found, (size_t)(text.bytes + text.size - found), "-----", 5);
	return dashes ? (size_t)(dashes + 5 - text.bytes) : text.size;
}

static size_t end_of(detect_fn *begins_at, struct text text, size_t at)
{
	struct text cut = { text.bytes, at + 1 };

	if (byte_at(text, at) == '-')
		return end_of_private_key(text, at);
	while (cut.size < text.size && cut.size - at < FIRST_MAX && !begins_at(cut, at))
		cut.size++;
	if (!begins_at(cut, at))
		cut.size = text.size;
	while (cut.size < text.size &&
	       (word_at(text, cut.size) ||
		(byte_at(text, cut.size) && strchr("-+/=.", byte_at(text, cut.size)))))
		cut.size++;
	return cut.size;
}

/* Of mail, the detector finds the '@'. */
static size_t start_of(enum detector detector, struct text text, size_t at)
{
	if (detector != DETECTOR_EMAIL)
		return at;
	while (at > 0 && byte_at(text, at - 1) > ' ' && !strchr("<>()[],;:", byte_at(text, at - 1)))
		at--;
	return at;
}

bool detect_find(unsigned detectors, struct text text, size_t start, size_t out[2])
{
	for (size_t at = start; text.bytes && at < text.size; at++) {
		for (int i = 0; i < DETECTOR_COUNT; i++) {
			if (!(detectors & DETECTOR_BIT(i)) || !begins[i](text, at))
				continue;
			out[0] = start_of((enum detector)i, text, at);
			out[1] = end_of(begins[i], text, at);
			return true;
		}
	}
	return false;
}
