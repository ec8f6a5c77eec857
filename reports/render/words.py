"""
Every word a report prints of its own, in English and Khmer.

They are kept here and not in the translation catalogues: an issued report must come out
letter for letter the same years later, whatever was re-translated on the pages since.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reports.render.introductions import INTRODUCTIONS

ENGLISH: Final = "en"
KHMER: Final = "km"
LANGUAGES: Final = (ENGLISH, KHMER)
# An edition of a paper: one language, or both in one file, Khmer first.
BOTH: Final = "both"
EDITIONS: Final = (KHMER, ENGLISH, BOTH)

WORDS: Final[dict[str, tuple[str, str]]] = {
    # the document
    "title": ("Reinvestment report", "របាយការណ៍វិនិយោគឡើងវិញ"),
    "subtitle": (
        "Where the money from forest carbon went, from the sale of credits to the village",
        "ប្រាក់ពីកាបូនព្រៃឈើបានទៅណា ចាប់ពីការលក់ឥណទានរហូតដល់ភូមិ",
    ),
    "contents": ("Contents", "មាតិកា"),
    "page": ("Page", "ទំព័រ"),
    "of": ("of", "នៃ"),
    "period": ("Period", "រយៈពេល"),
    "project": ("Project", "គម្រោង"),
    "projects": ("Projects", "គម្រោង"),
    "programme": ("Programme", "កម្មវិធី"),
    "version": ("Version", "កំណែ"),
    "status": ("Status", "ស្ថានភាព"),
    "prepared_by": ("Prepared by", "រៀបចំដោយ"),
    "frozen_at": ("Figures frozen at", "តួលេខបានបង្កកនៅ"),
    "currency": ("Currency", "រូបិយប័ណ្ណ"),
    "closed": ("Closed period", "រយៈពេលបានបិទបញ្ជី"),
    "interim": ("Interim — books not closed", "បណ្តោះអាសន្ន — មិនទាន់បិទបញ្ជី"),
    "demonstration": ("Demonstration data: the amounts are invented", "ទិន្នន័យសាកល្បង៖ ចំនួនទឹកប្រាក់មិនមែនជាការពិត"),
    "unsigned": (
        "This copy is unsigned, unless an electronic signature stands here.",
        "ច្បាប់ចម្លងនេះគ្មានហត្ថលេខាទេ លើកលែងតែមានហត្ថលេខាអេឡិចត្រូនិកនៅទីនេះ។",
    ),
    "signed": ("Signed electronically by", "បានចុះហត្ថលេខាអេឡិចត្រូនិកដោយ"),
    "edition": ("English", "ភាសាខ្មែរ"),
    "fingerprint": ("Fingerprint of the figures (sha256)", "ស្នាមម្រាមដៃនៃតួលេខ (sha256)"),
    "fingerprint_short": ("Fingerprint", "ស្នាមម្រាមដៃ"),
    "seal": ("Seal", "ត្រា"),
    "verify": ("Verify at", "ផ្ទៀងផ្ទាត់នៅ"),
    "replaces": ("Replaces version", "ជំនួសកំណែ"),
    "reason": ("Reason", "មូលហេតុ"),
    "to": ("to", "ដល់"),
    "proponent": ("Proponent", "អ្នកស្នើគម្រោង"),
    "host_authority": ("Host authority", "អាជ្ញាធរប្រទេសម្ចាស់ផ្ទះ"),
    "registry": ("Registry", "បញ្ជីកាបូន"),
    "standard": ("Standard", "ស្តង់ដារ"),
    "mechanism": ("Mechanism", "យន្តការ"),
    "programme_id": ("Registry number", "លេខក្នុងបញ្ជី"),
    "total": ("Total", "សរុប"),
    "none": ("None", "គ្មាន"),
    "yes": ("Yes", "បាទ/ចាស"),
    "no": ("No", "ទេ"),
    "not_shown": ("Not shown", "មិនបង្ហាញ"),
    "not_stated": ("Not stated", "មិនបានបញ្ជាក់"),
    "zero_columns": ("Columns that are zero throughout are left out:", "ជួរឈរដែលសូន្យទាំងអស់មិនត្រូវបានបង្ហាញ៖"),
    "days": ("days", "ថ្ងៃ"),
    "how_to_verify": (
        (
            "The figures of this report are attached to this file as snapshot.json. "
            "The sha256 of that attachment is the fingerprint below; it must equal the one published by the ministry."
        ),
        ("តួលេខនៃរបាយការណ៍នេះត្រូវបានភ្ជាប់ជាមួយឯកសារនេះក្នុង snapshot.json។ sha256 នៃឯកសារភ្ជាប់នោះគឺជាស្នាមម្រាមដៃខាងក្រោម ហើយត្រូវតែដូចនឹងអ្វីដែលក្រសួងបានផ្សាយ។"),
    ),
    # sections
    "s_glance": ("At a glance", "សង្ខេប"),
    "s_equation": ("The reinvestment equation", "សមីការវិនិយោគឡើងវិញ"),
    "s_sales": ("Sales and receipts", "ការលក់ និងប្រាក់ទទួលបាន"),
    "s_allocation": ("How each receipt was shared out", "ការបែងចែកប្រាក់ទទួលបាននីមួយៗ"),
    "s_purpose": ("By purpose", "តាមគោលបំណង"),
    "s_recipient": ("By recipient", "តាមអ្នកទទួល"),
    "s_category": ("By category of spending", "តាមប្រភេទចំណាយ"),
    "s_payments": ("Payments", "ការទូទាត់"),
    "s_spending": ("Spending and evidence", "ចំណាយ និងភស្តុតាង"),
    "s_people": ("Training and people reached", "ការបណ្តុះបណ្តាល និងអ្នកទទួលផល"),
    "s_held": ("Money held, and why", "ប្រាក់ដែលរក្សាទុក និងមូលហេតុ"),
    "s_exceptions": ("Exceptions", "ករណីលើកលែង"),
    "s_notes": ("Notes, sources and verification", "កំណត់សម្គាល់ ប្រភព និងការផ្ទៀងផ្ទាត់"),
    "s_decisions": ("Decisions, departures and corrections", "សេចក្តីសម្រេច ការខុសពីវិធាន និងការកែតម្រូវ"),
    "s_complaints": ("Complaints", "ពាក្យបណ្តឹង"),
    "s_since": ("What changed since the last report", "អ្វីដែលបានផ្លាស់ប្តូរពីរបាយការណ៍មុន"),
    "s_changes": ("What changed since the version before", "អ្វីដែលបានផ្លាស់ប្តូរពីកំណែមុន"),
    # tables
    "t_headline": ("Headline figures", "តួលេខសំខាន់ៗ"),
    "t_balances": ("Balances", "សមតុល្យ"),
    "t_overdue": ("Late at the close of the period", "យឺតយ៉ាវនៅចុងរយៈពេល"),
    "t_equation": ("The equation, opening to closing", "សមីការ ពីដើមគ្រាដល់ចុងគ្រា"),
    "t_equation_project": ("The equation for each project", "សមីការតាមគម្រោង"),
    "t_equation_tranche": ("The equation for each receipt", "សមីការតាមប្រាក់ទទួលបាននីមួយៗ"),
    "t_banks": ("Ledger against bank statements", "បញ្ជីធៀបនឹងរបាយការណ៍ធនាគារ"),
    "t_sales": ("Sales of credits", "ការលក់ឥណទាន"),
    "t_blocks": ("Serial numbers sold", "លេខស៊េរីដែលបានលក់"),
    "t_receipts": ("Receipts", "ប្រាក់ទទួលបាន"),
    "t_plans": ("Benefit-sharing plans in force", "ផែនការបែងចែកផលប្រយោជន៍ដែលមានសុពលភាព"),
    "t_allocation": ("Allocation lines", "បន្ទាត់បែងចែក"),
    "t_purpose": ("In the period", "ក្នុងរយៈពេល"),
    "t_purpose_to_date": ("Since the beginning", "តាំងពីដំបូង"),
    "t_recipient": ("In the period", "ក្នុងរយៈពេល"),
    "t_recipient_to_date": ("Since the beginning", "តាំងពីដំបូង"),
    "t_category": ("Accepted spending of the period", "ចំណាយដែលបានទទួលយកក្នុងរយៈពេល"),
    "t_months": ("Month by month", "តាមខែ"),
    "t_disbursements": ("Payments requested, approved, paid and acknowledged", "ការទូទាត់ដែលបានស្នើ អនុម័ត ទូទាត់ និងទទួលស្គាល់"),
    "t_checks": ("Independent check of these payments", "ការពិនិត្យឯករាជ្យលើការទូទាត់ទាំងនេះ"),
    "t_spending": ("Accepted spending of each recipient", "ចំណាយដែលបានទទួលយករបស់អ្នកទទួលនីមួយៗ"),
    "t_training": ("Training", "ការបណ្តុះបណ្តាល"),
    "t_people": ("People reached", "អ្នកទទួលផល"),
    "t_held": ("Money held", "ប្រាក់ដែលរក្សាទុក"),
    "t_exceptions": ("What is late, missing or unusual", "អ្វីដែលយឺត ខ្វះ ឬមិនធម្មតា"),
    "t_changes": ("Figures stated otherwise before", "តួលេខដែលបានបង្ហាញខុសពីមុន"),
    "t_decisions": ("What was decided in the period", "អ្វីដែលបានសម្រេចក្នុងរយៈពេលនេះ"),
    "t_complaints": ("Complaints received in the period", "ពាក្យបណ្តឹងបានទទួលក្នុងរយៈពេលនេះ"),
    "t_since": ("Main figures of the period, then and now", "តួលេខសំខាន់ៗនៃរយៈពេល មុន និងឥឡូវ"),
    "t_came_and_went": ("Exceptions that are new, and those that were closed", "ករណីលើកលែងថ្មី និងករណីដែលបានបិទ"),
    "t_sources": ("Sources", "ប្រភព"),
    # columns and figures
    "measure": ("Figure", "តួលេខ"),
    "in_period": ("In the period", "ក្នុងរយៈពេល"),
    "to_date": ("Since the beginning", "តាំងពីដំបូង"),
    "units_sold": ("Credits sold (tCO2e)", "ឥណទានបានលក់ (tCO2e)"),
    "sold": ("Sold", "បានលក់"),
    "received": ("Received", "បានទទួល"),
    "allocated": ("Allocated", "បានបែងចែក"),
    "paid": ("Paid", "បានទូទាត់"),
    "acknowledged": ("Acknowledged", "បានទទួលស្គាល់"),
    "spent": ("Spent", "បានចំណាយ"),
    "evidenced": ("Evidenced", "មានភស្តុតាង"),
    "training_person_days": ("Training (person-days)", "ការបណ្តុះបណ្តាល (មនុស្ស-ថ្ងៃ)"),
    "training_women_person_days": ("Training, women (person-days)", "ការបណ្តុះបណ្តាល ស្ត្រី (មនុស្ស-ថ្ងៃ)"),
    "training_men_person_days": ("Training, men (person-days)", "ការបណ្តុះបណ្តាល បុរស (មនុស្ស-ថ្ងៃ)"),
    "opening": ("Opening", "ដើមគ្រា"),
    "movement": ("Movement", "បម្រែបម្រួល"),
    "closing": ("Closing", "ចុងគ្រា"),
    "at_bank": ("At the bank", "នៅធនាគារ"),
    "with_recipients_all": ("With recipients", "នៅអ្នកទទួល"),
    "used": ("Used", "បានប្រើ"),
    "payments": ("Payments waiting", "ការទូទាត់រង់ចាំ"),
    "acknowledgements": ("Payments not acknowledged", "ការទូទាត់មិនទាន់ទទួលស្គាល់"),
    "accounts": ("Advances not accounted for", "បុរេប្រទានមិនទាន់ទូទាត់បញ្ជី"),
    "receipts_not_allocated": ("Receipts not allocated", "ប្រាក់ទទួលបានមិនទាន់បែងចែក"),
    "spending_without_evidence": ("Spending without evidence", "ចំណាយគ្មានភស្តុតាង"),
    "number": ("Number", "ចំនួន"),
    "member": ("Where the money is", "ប្រាក់នៅឯណា"),
    "unallocated": ("Unallocated", "មិនទាន់បែងចែក"),
    "pots": ("In pots", "ក្នុងមូលនិធិ"),
    "reserve": ("Reserve", "ប្រាក់បម្រុង"),
    "withheld": ("Withheld", "ឃាត់ទុក"),
    "committed": ("Committed", "បានសន្យា"),
    "shortfall": ("Shortfall", "ខ្វះ"),
    "with_recipients": ("With recipients", "នៅអ្នកទទួល"),
    "recoverable": ("To be repaid", "ត្រូវសងវិញ"),
    "charges": ("Bank charges", "កម្រៃធនាគារ"),
    "lost": ("Written off", "បានលុបចោល"),
    "fx": ("Exchange difference", "លម្អៀងអត្រាប្តូរប្រាក់"),
    "difference": ("Difference", "លម្អៀង"),
    "not_ours": ("Not ours", "មិនមែនរបស់យើង"),
    "tranche": ("Receipt", "ប្រាក់ទទួលបាន"),
    "sale": ("Sale", "ការលក់"),
    "received_on": ("Received on", "ថ្ងៃទទួល"),
    "kind": ("Kind", "ប្រភេទ"),
    "bank": ("Bank account", "គណនីធនាគារ"),
    "account_tail": ("Ends in", "លេខចុង"),
    "ledger": ("Ledger", "បញ្ជី"),
    "statement": ("Statement", "របាយការណ៍ធនាគារ"),
    "statement_on": ("Statement of", "របាយការណ៍ថ្ងៃ"),
    "reference": ("Reference", "លេខយោង"),
    "date": ("Date", "កាលបរិច្ឆេទ"),
    "buyer": ("Buyer", "អ្នកទិញ"),
    "quantity": ("Credits", "ឥណទាន"),
    "unit_price": ("Unit price", "តម្លៃឯកតា"),
    "amount": ("Amount", "ចំនួនទឹកប្រាក់"),
    "outstanding": ("Outstanding", "នៅសល់"),
    "article6": ("Article 6", "មាត្រា ៦"),
    "serials": ("Serial numbers", "លេខស៊េរី"),
    "first_serial": ("First", "ដំបូង"),
    "last_serial": ("Last", "ចុងក្រោយ"),
    "vintage": ("Vintage", "ឆ្នាំផលិត"),
    "value_date": ("Value date", "ថ្ងៃមានតម្លៃ"),
    "bank_reference": ("Bank reference", "លេខយោងធនាគារ"),
    "gross": ("Gross", "ដុល"),
    "fees": ("Fees kept", "កម្រៃកាត់"),
    "credited": ("Credited", "ចូលគណនី"),
    "state": ("State", "ស្ថានភាព"),
    "days_to_allocation": ("Days to allocation", "ថ្ងៃរហូតដល់បែងចែក"),
    "plan": ("Plan", "ផែនការ"),
    "code": ("Code", "កូដ"),
    "name": ("Name", "ឈ្មោះ"),
    "first": ("From", "ពី"),
    "end": ("Until", "ដល់មុន"),
    "pot": ("Pot", "មូលនិធិ"),
    "purpose": ("Purpose", "គោលបំណង"),
    "share": ("Share", "ចំណែក"),
    "balance": ("Balance", "សមតុល្យ"),
    "province": ("Province", "ខេត្ត"),
    "with_recipient": ("Still with recipient", "នៅសល់នៅអ្នកទទួល"),
    "evidence_share": ("Evidence", "ភស្តុតាង"),
    "category": ("Category", "ប្រភេទ"),
    "records": ("Records", "កំណត់ត្រា"),
    "with_evidence": ("With evidence", "មានភស្តុតាង"),
    "month": ("Month", "ខែ"),
    "recipient": ("Recipient", "អ្នកទទួល"),
    "local_currency": ("Local currency", "រូបិយប័ណ្ណក្នុងស្រុក"),
    "local_amount": ("Local amount", "ចំនួនជាប្រាក់ក្នុងស្រុក"),
    "requested_on": ("Requested", "បានស្នើ"),
    "approved_on": ("Approved", "បានអនុម័ត"),
    "paid_on": ("Paid on", "ថ្ងៃទូទាត់"),
    "acknowledged_on": ("Acknowledged", "ទទួលស្គាល់"),
    "days_receipt_to_payment": ("Days from receipt", "ថ្ងៃពីពេលទទួល"),
    "overdue_days": ("Days late", "ថ្ងៃយឺត"),
    "topic": ("Topic", "ប្រធានបទ"),
    "training_days": ("Days", "ថ្ងៃ"),
    "women": ("Women", "ស្ត្រី"),
    "men": ("Men", "បុរស"),
    "not_recorded": ("Not recorded", "មិនបានកត់ត្រា"),
    "women_person_days": ("Women, person-days", "ស្ត្រី មនុស្ស-ថ្ងៃ"),
    "men_person_days": ("Men, person-days", "បុរស មនុស្ស-ថ្ងៃ"),
    "person_days": ("Person-days", "មនុស្ស-ថ្ងៃ"),
    "on": ("Decided", "បានសម្រេច"),
    "subject": ("About", "អំពី"),
    "authority": ("Authority", "អ្នកសម្រេច"),
    "rule": ("By the rule", "តាមវិធាន"),
    "decided": ("As decided", "តាមការសម្រេច"),
    "variance": ("Variance", "គម្លាត"),
    "change": ("Change", "បម្រែបម្រួល"),
    "compared_with": ("Compared with the report of", "ប្រៀបធៀបនឹងរបាយការណ៍"),
    "first_report": (
        "No earlier report of this scope and kind of period had been issued when these figures were frozen.",
        "នៅពេលបង្កកតួលេខនេះ មិនទាន់មានរបាយការណ៍មុនដែលមានវិសាលភាព និងប្រភេទរយៈពេលដូចគ្នា ត្រូវបានចេញទេ។",
    ),
    "was_cut": (
        "The last report had more exceptions than it listed: some of those called new here may be older.",
        "របាយការណ៍មុនមានករណីលើកលែងច្រើនជាងអ្វីដែលបានរាយ៖ ករណីខ្លះដែលហៅថាថ្មីនៅទីនេះអាចចាស់ជាង។",
    ),
    "people": ("People", "មនុស្ស"),
    "title_of": ("What", "អ្វី"),
    "since": ("Since", "តាំងពី"),
    "age_days": ("Days", "ថ្ងៃ"),
    "severity": ("Weight", "កម្រិត"),
    "sentence": ("What is wrong", "បញ្ហា"),
    "figure": ("Figure", "តួលេខ"),
    "before": ("Before", "មុន"),
    "after": ("Now", "ឥឡូវ"),
    "entries": ("Entries", "ប្រតិបត្តិការ"),
    "source": ("Source", "ប្រភព"),
    "sha256": ("sha256", "sha256"),
    "days_median": ("Days from receipt to payment, median", "ថ្ងៃពីទទួលដល់ទូទាត់ មេដ្យាន"),
    "days_longest": ("Days from receipt to payment, longest", "ថ្ងៃពីទទួលដល់ទូទាត់ យូរបំផុត"),
    "recipients_paid": ("Recipients paid", "អ្នកទទួលបានទូទាត់"),
    "checks_drawn": ("Payments drawn at random", "ការទូទាត់ដែលបានចាប់ឆ្នោតយក"),
    "checks_reached": ("Of them, villages reached", "ក្នុងនោះ ភូមិដែលបានទាក់ទង"),
    "checks_matched": ("Villages that say the same as the books", "ភូមិដែលនិយាយដូចក្នុងបញ្ជី"),
    "match_rate": ("Match rate", "អត្រាត្រូវគ្នា"),
    # values
    "a6_none": ("Not authorised", "មិនបានអនុញ្ញាត"),
    "a6_ndc": ("NDC use", "ប្រើសម្រាប់ NDC"),
    "a6_oimp": ("Other international purposes", "គោលបំណងអន្តរជាតិផ្សេង"),
    "a6_not_stated": ("Not stated", "មិនបានបញ្ជាក់"),
    "r_allocated": ("Allocated", "បានបែងចែក"),
    "r_part_allocated": ("Part allocated", "បានបែងចែកខ្លះ"),
    "r_not_allocated": ("Not allocated", "មិនទាន់បែងចែក"),
    "r_recalled": ("Recalled", "បានដកវិញ"),
    "k_sale": ("Sale", "ការលក់"),
    "k_interest": ("Interest", "ការប្រាក់"),
    "k_donor": ("Donor", "ម្ចាស់ជំនួយ"),
    "k_opening": ("Opening position", "សមតុល្យដើម"),
    "l_pot": ("Pot", "មូលនិធិ"),
    "l_reserve": ("Reserve", "ប្រាក់បម្រុង"),
    "l_withheld": ("Withheld", "ឃាត់ទុក"),
    "l_charge": ("Charge", "ថ្លៃសេវា"),
    "h_unallocated": ("Unallocated", "មិនទាន់បែងចែក"),
    "h_reserve": ("Reserve", "ប្រាក់បម្រុង"),
    "h_withheld": ("Withheld", "ឃាត់ទុក"),
    "h_shortfall": ("Shortfall", "ខ្វះ"),
    "h_not_ours": ("Not ours", "មិនមែនរបស់យើង"),
    "d_override": ("Departure from the rule", "ការខុសពីវិធាន"),
    "d_own_division": ("Recipients' own division", "ការបែងចែករបស់អ្នកទទួលផ្ទាល់"),
    "d_write_off": ("Written off", "បានលុបចោល"),
    "d_allowed": ("Allowed after all", "បានអនុញ្ញាតនៅទីបំផុត"),
    "d_correction": ("Correction", "ការកែតម្រូវ"),
    "x_new": ("New", "ថ្មី"),
    "x_closed": ("Closed", "បានបិទ"),
    "v_high": ("High", "ខ្ពស់"),
    "v_medium": ("Medium", "មធ្យម"),
    "v_low": ("Low", "ទាប"),
    # charts and tiles
    "each_dollar": ("Where each dollar received so far is now", "ប្រាក់ដុល្លារនីមួយៗដែលបានទទួលឥឡូវនៅឯណា"),
    "flow": ("The flow of money since the beginning", "លំហូរប្រាក់តាំងពីដំបូង"),
    "purpose_chart": ("Allocated, paid, spent and evidenced in the period", "បានបែងចែក ទូទាត់ ចំណាយ និងមានភស្តុតាងក្នុងរយៈពេល"),
    "months_chart": ("Paid and spent, month by month", "បានទូទាត់ និងបានចំណាយ តាមខែ"),
    "so_far": ("since the beginning", "តាំងពីដំបូង"),
    "credits": ("credits", "ឥណទាន"),
    "balanced": ("The equation holds: difference", "សមីការត្រឹមត្រូវ៖ លម្អៀង"),
    "unbalanced": ("The equation does not hold: difference", "សមីការមិនត្រឹមត្រូវ៖ លម្អៀង"),
    "banks_agree": ("Each bank agrees with its statement", "ធនាគារនីមួយៗត្រូវនឹងរបាយការណ៍របស់ខ្លួន"),
    "banks_differ": ("A bank differs from its statement, or has none", "ធនាគារមួយខុសពីរបាយការណ៍ ឬគ្មានរបាយការណ៍"),
    "nothing_received": ("Nothing has been received yet.", "មិនទាន់បានទទួលប្រាក់នៅឡើយទេ។"),
    # empty tables
    "e_sales": ("No credits were sold.", "គ្មានការលក់ឥណទានទេ។"),
    "e_receipts": ("No money was received.", "គ្មានប្រាក់ទទួលបានទេ។"),
    "e_plans": ("No benefit-sharing plan was in force.", "គ្មានផែនការបែងចែកផលប្រយោជន៍ដែលមានសុពលភាពទេ។"),
    "e_allocation": ("No receipt was shared out in the period.", "គ្មានការបែងចែកប្រាក់ក្នុងរយៈពេលនេះទេ។"),
    "e_disbursements": ("No payment was requested or made.", "គ្មានការស្នើ ឬការទូទាត់ទេ។"),
    "e_checks": ("None of these payments was drawn for the independent check.", "គ្មានការទូទាត់ណាមួយក្នុងចំណោមនេះត្រូវបានជ្រើសសម្រាប់ការពិនិត្យឯករាជ្យទេ។"),
    "e_spending": ("No spending was accepted in the period.", "គ្មានចំណាយដែលបានទទួលយកក្នុងរយៈពេលនេះទេ។"),
    "e_training": ("No training was held in the period.", "គ្មានការបណ្តុះបណ្តាលក្នុងរយៈពេលនេះទេ។"),
    "e_held": ("No money is held back.", "គ្មានប្រាក់ឃាត់ទុកទេ។"),
    "e_exceptions": ("Nothing is late, missing or unusual.", "គ្មានអ្វីយឺត ខ្វះ ឬមិនធម្មតាទេ។"),
    "e_decisions": ("Nothing was decided against a rule, written off or corrected.", "គ្មានអ្វីត្រូវបានសម្រេចខុសពីវិធាន លុបចោល ឬកែតម្រូវទេ។"),
    "e_came_and_went": ("No exception is new, and none was closed.", "គ្មានករណីលើកលែងថ្មី ហើយគ្មានករណីណាបានបិទទេ។"),
    "e_rows": ("There is nothing to list.", "គ្មានអ្វីត្រូវបង្ហាញទេ។"),
    **INTRODUCTIONS,
}

MONTHS: Final = {
    ENGLISH: ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    KHMER: ("មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ"),
}


class UnknownLanguage(ValueError):
    """The report does not exist in this language."""


def languages_of(edition: str) -> tuple[str, ...]:
    """
    Return the languages of an edition, in the order in which they stand.

    :raises UnknownLanguage: if papers are not made in this edition
    """
    if edition == BOTH:
        return KHMER, ENGLISH
    check_language(edition)
    return (edition,)


def in_edition(words: Mapping[str, tuple[str, str]], key: str, edition: str) -> str:
    """Return a word of a paper on which both languages stand side by side: in one of them, or in both."""
    return " · ".join(words[key][LANGUAGES.index(language)] for language in languages_of(edition))


def check_language(language: str) -> None:
    """
    Accept a language that reports are made in.

    :raises UnknownLanguage: otherwise
    """
    if language not in LANGUAGES:
        raise UnknownLanguage(f"reports are made in {' and '.join(LANGUAGES)}, not in {language!r}")


def word(key: str, language: str) -> str:
    """Return one of the report's own words."""
    return WORDS[key][LANGUAGES.index(language)]
