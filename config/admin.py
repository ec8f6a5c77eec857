"""Take the libraries' own pages out of the office: their rows are changed by deployment, not by people."""

from __future__ import annotations

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.models import Group
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from django_celery_results.models import GroupResult, TaskResult

# Whoever may see the list of periodic tasks may also switch them off; sign-ins hold addresses of people; groups mean nothing here.
_SHOWN_BY_LIBRARIES = (
    AccessAttempt, AccessFailureLog, AccessLog, Group, ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule, GroupResult,
    TaskResult,
)  # fmt: skip

for _model in _SHOWN_BY_LIBRARIES:
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
