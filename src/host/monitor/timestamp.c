#include <stdio.h>
#include <time.h>

#include "log.h"

/* RFC3339Nano as Go prints it: no zeros at the end of the fraction. */
const char *timestamp(void)
{
	static char stamp[64], second[48];
	static time_t known = -1;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != known) {
		/* Days to a date, after Howard Hinnant's civil_from_days; gmtime_r would load the time zone. */
		long days = (long)(now.tv_sec / 86400), rest = (long)(now.tv_sec % 86400), z = days + 719468, era = z / 146097,
			 doe = z - era * 146097, yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365,
			 doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153, day = doy - (153 * mp + 2) / 5 + 1,
			 month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);
		snprintf(second, sizeof second, "%04d-%02d-%02dT%02d:%02d:%02d", (int)year, (int)month, (int)day,
			(int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
		known = now.tv_sec;
	}
	int n = snprintf(stamp, sizeof stamp, "%s.%09ld", second, now.tv_nsec);
	while (stamp[n - 1] == '0') n--;
	if (stamp[n - 1] == '.') n--;
	stamp[n] = 'Z';
	stamp[n + 1] = 0;
	return stamp;
}
