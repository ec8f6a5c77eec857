"""The public pages of complaints, the liaison's form and the files of a case."""

from __future__ import annotations

from django.urls import path

from communities.grievances.views import office, public

app_name = "grievances"
urlpatterns = [
    path("complaints/", public.start, name="start"),
    path("complaints/follow/", public.follow, name="follow"),
    path("complaints/appeal/", public.appeal, name="appeal"),
    path("complaints/counts/", public.counts, name="counts"),
    path("complaints/<int:case_id>/<slug:what>/", office.file, name="file"),
    path("field/complaints/", office.for_villager, name="for_villager"),
]
