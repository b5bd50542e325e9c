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
